package dev.quorate.transport;

import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where certificates are asked for: TCP with TLS 1.3, apart from the links, because those who ask
/// may have none yet. The server shows its certificate; a caller may show one, and then it must be
/// a peer's. One request and one answer per connection.
public final class EnrolmentDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EnrolmentDoor.class);
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final int CALLERS_MAX = 256;

    private final ServerSocket listening;
    private final LiveIdentity identity;
    private final PeerTrust trust;
    private final Registrar registrar;
    private final Semaphore places = new Semaphore(CALLERS_MAX);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;
    private volatile boolean closed;

    private EnrolmentDoor(
            ServerSocket listening, LiveIdentity identity, Pins pins, Registrar registrar) {
        this.listening = listening;
        this.identity = identity;
        this.trust = PeerTrust.of(identity, pins);
        this.registrar = registrar;
        acceptor = Thread.ofVirtual().name("quorate-enrol").start(this::accept);
    }

    /// Opens the door.
    ///
    /// @param bind where to listen (TCP); port 0 takes a free one
    /// @throws UncheckedIOException if the address cannot be bound
    public static EnrolmentDoor start(
            InetSocketAddress bind, LiveIdentity identity, Pins pins, Registrar registrar) {
        try {
            ServerSocket listening = new ServerSocket();
            listening.bind(bind, CALLERS_MAX);
            return new EnrolmentDoor(listening, identity, pins, registrar);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "TCP " + bind + " cannot be used for enrolment: " + e.getMessage(), e);
        }
    }

    /// Where the door is.
    public InetSocketAddress address() {
        return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    @Override
    public void close() {
        closed = true;
        shut(listening);
        open.forEach(EnrolmentDoor::shut);
        try {
            acceptor.join(DEADLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listening.accept();
                if (places.tryAcquire()) {
                    open.add(socket);
                    Thread.ofVirtual().name("quorate-enrol-call").start(() -> serve(socket));
                } else {
                    shut(socket);
                }
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("a caller was lost at the enrolment door", e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (EnrolmentStream stream = new EnrolmentStream(socket, DEADLINE)) {
            SSLSocket tls = handshake(socket);
            EnrolmentReply reply = reply(tls, stream.read(tls));
            stream.write(tls, EnrolmentCodec.encode(reply));
            // the answer is complete only if the caller also learns that nothing follows
            tls.close();
        } catch (IOException | RuntimeException e) {
            LOG.debug("enrolment with {} failed", socket.getRemoteSocketAddress(), e);
        } finally {
            open.remove(socket);
            places.release();
        }
    }

    private SSLSocket handshake(Socket socket) throws IOException {
        SSLContext context = EnrolmentTls.context(identity.now(), trust);
        SSLSocket tls =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(
                                        socket,
                                        socket.getInetAddress().getHostAddress(),
                                        socket.getPort(),
                                        /* autoClose= */ true);
        tls.setUseClientMode(false);
        SSLParameters parameters = EnrolmentTls.parameters(context);
        parameters.setWantClientAuth(true);
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return tls;
    }

    private EnrolmentReply reply(SSLSocket tls, byte[] message) throws IOException {
        EnrolmentRequest request;
        NodeId caller;
        try {
            caller = caller(tls.getSession());
            request = EnrolmentCodec.decodeRequest(message);
        } catch (IOException e) {
            return refuse(tls, Retry.NEVER, String.valueOf(e.getMessage()));
        } catch (Refused refused) {
            return refuse(tls, Retry.NEVER, refused.sentence());
        }
        if (!request.cluster().equals(identity.now().name().cluster())) {
            return refuse(tls, Retry.NEVER, "this is another cluster");
        }
        try {
            EnrolmentReply reply = registrar.answer(caller, request);
            if (reply instanceof Refusal(Retry retry, String sentence)) {
                return refuse(tls, retry, sentence);
            }
            LOG.info("Granted to {} at {}: {}", name(caller), remote(tls), request);
            return reply;
        } catch (RuntimeException e) {
            LOG.error("the registrar failed", e);
            return refuse(tls, Retry.LATER, "this node failed to answer");
        }
    }

    private static EnrolmentReply refuse(SSLSocket tls, Retry retry, String sentence) {
        LOG.info("Refused to enrol {}: {}", remote(tls), Sentences.printable(sentence));
        return new Refusal(retry, sentence);
    }

    private @Nullable NodeId caller(SSLSession session) throws Refused {
        try {
            var _ = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
        return trust.peerOf(session, /* ofServer= */ false);
    }

    private static String name(@Nullable NodeId caller) {
        return caller == null ? "somebody" : caller.toString();
    }

    private static Object remote(Socket socket) {
        return socket.getRemoteSocketAddress();
    }

    private static void shut(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            LOG.debug("closing {} failed", socket, e);
        }
    }
}
