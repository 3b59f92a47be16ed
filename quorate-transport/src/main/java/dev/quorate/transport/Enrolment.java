package dev.quorate.transport;

import dev.quorate.transport.EnrolmentReply.Issued;
import dev.quorate.transport.EnrolmentReply.Issuer;
import dev.quorate.transport.EnrolmentReply.Peer;
import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.EnrolmentRequest.FetchIssuer;
import dev.quorate.transport.EnrolmentRequest.Present;
import dev.quorate.transport.EnrolmentRequest.Renew;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Asks at other nodes' enrolment doors. Every method blocks, for half a minute at most per door.
public final class Enrolment {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private Enrolment() {}

    /// What a joiner has in the end.
    ///
    /// @param peers the nodes of the cluster, by the node that answered
    public record Joined(NodeIdentity identity, List<Peer> peers) {}

    /// Joins with nothing but a token: makes a key, has it certified, and keeps both in
    /// `directory`. The key is written before it is shown to anybody, so after a crash the same
    /// call goes on where it was: the same key is given the same certificate again.
    ///
    /// @throws EnrolmentRefused if the cluster said no; its retry class says whether to ask again
    /// @throws IOException if no door could be reached, or a file cannot be written
    public static Joined join(JoinToken token, Path directory, Announcement announcement)
            throws IOException {
        KeyPair keys = NodeIdentity.loadOrCreateKey(directory);
        Joined joined = join(token, keys, announcement);
        joined.identity().save(directory);
        return joined;
    }

    static Joined join(JoinToken token, KeyPair keys, Announcement announcement)
            throws IOException {
        Present request =
                new Present(
                        token.cluster(), token.secret(), CertificateRequest.of(keys), announcement);
        IOException failure = new IOException("the join token names no address");
        for (String seed : token.seeds()) {
            try {
                EnrolmentReply reply =
                        ask(address(seed), null, EnrolmentTls.byToken(token), request);
                Issued issued = issued(reply);
                return new Joined(checked(issued, token, keys), issued.peers());
            } catch (EnrolmentRefused refused) {
                if (refused.retry() == Retry.NEVER) {
                    throw refused;
                }
                failure = refused;
            } catch (IOException e) {
                failure = new IOException(seed + ": " + why(e), e);
            }
        }
        throw failure;
    }

    /// The next certificate of a node, for the key it has. It need not have a valid one.
    ///
    /// @param from the node to ask
    /// @param at `host:port` of its door
    /// @return the same identity with the new certificate
    /// @throws IOException as [#join]
    public static NodeIdentity renew(NodeIdentity identity, Pins pins, NodeId from, String at)
            throws IOException {
        NodeName name = identity.name();
        Renew request = new Renew(name.cluster(), name.node(), identity.request());
        PeerTrust trust = PeerTrust.of(new LiveIdentity(identity), pins).expecting(from);
        Issued issued = issued(ask(address(at), null, trust, request));
        try {
            NodeIdentity next = identity.with(issued.chain(), issued.roots());
            if (next.name().equals(name)) {
                return next;
            }
            throw new IOException(from + " issued a certificate for " + next.name().uri());
        } catch (IllegalArgumentException e) {
            throw new IOException(from + " issued a useless certificate: " + e.getMessage(), e);
        }
    }

    /// An authority's key, for a node that shall issue certificates, too.
    ///
    /// @param rootSha256 which authority
    /// @throws IOException as [#join]
    public static ClusterCa fetchIssuer(
            NodeIdentity identity, Pins pins, NodeId from, String at, Bytes rootSha256)
            throws IOException {
        ClusterId cluster = identity.name().cluster();
        PeerTrust trust = PeerTrust.of(new LiveIdentity(identity), pins).expecting(from);
        EnrolmentReply reply =
                ask(address(at), identity, trust, new FetchIssuer(cluster, rootSha256));
        return switch (reply) {
            case Issuer(ClusterCa authority) when authority.rootSha256().equals(rootSha256) ->
                    authority;
            case Refusal refusal -> throw new EnrolmentRefused(refusal);
            case Issuer _, Issued _ -> throw new IOException(from + " answered something else");
        };
    }

    private static EnrolmentReply ask(
            InetSocketAddress at,
            @Nullable NodeIdentity shown,
            X509ExtendedTrustManager trust,
            EnrolmentRequest request)
            throws IOException {
        if (at.isUnresolved()) {
            throw new IOException("the name " + at.getHostString() + " is not known");
        }
        Socket socket = new Socket();
        try (EnrolmentStream stream = new EnrolmentStream(socket, DEADLINE)) {
            socket.connect(at, (int) CONNECT.toMillis());
            SSLContext context = EnrolmentTls.context(shown, trust);
            SSLSocket tls =
                    (SSLSocket)
                            context.getSocketFactory()
                                    .createSocket(
                                            socket,
                                            at.getHostString(),
                                            at.getPort(),
                                            /* autoClose= */ true);
            SSLParameters parameters = EnrolmentTls.parameters(context);
            tls.setSSLParameters(parameters);
            // nothing of ours leaves before the other side was judged
            tls.startHandshake();
            stream.write(tls, EnrolmentCodec.encode(request));
            return EnrolmentCodec.decodeReply(stream.read(tls), request.cluster());
        }
    }

    private static Issued issued(EnrolmentReply reply) throws IOException {
        return switch (reply) {
            case Issued issued -> issued;
            case Refusal refusal -> throw new EnrolmentRefused(refusal);
            case Issuer _ -> throw new IOException("the answer is not one to this question");
        };
    }

    private static NodeIdentity checked(Issued issued, JoinToken token, KeyPair keys)
            throws IOException {
        try {
            NodeIdentity identity =
                    NodeIdentity.of(keys.getPrivate(), issued.chain(), issued.roots());
            NodeName expected = new NodeName(token.cluster(), issued.node());
            if (!identity.name().equals(expected)) {
                throw new IOException(
                        "the certificate is for "
                                + identity.name().uri()
                                + ", not for "
                                + expected.uri());
            }
            return identity;
        } catch (IllegalArgumentException e) {
            throw new IOException("the certificate is useless: " + e.getMessage(), e);
        }
    }

    private static InetSocketAddress address(String text) throws IOException {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, colon).replace("[", "").replace("]", "");
            return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException(Sentences.printable(text) + " is not host:port", e);
        }
    }

    private static String why(IOException e) {
        Throwable cause = e instanceof SSLException && e.getCause() != null ? e.getCause() : e;
        return String.valueOf(cause.getMessage());
    }
}
