package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// [Links] over QUIC (RFC 9000) with mutual TLS 1.3.
///
/// Two UDP sockets, each with its event loop: one takes calls, the other makes them. Per ordered
/// pair of nodes there is one connection, dialled by the sender, with one long-lived stream per
/// lane; a stream per message would cost several times the processor time.
public final class QuicLinks implements Links {
    private final LinkContext context;
    private final Acceptor acceptor;
    private final UdpSocket dialler;
    private final ConcurrentHashMap<NodeId, DialedLink> links = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Runnable judgeAll = this::judgeAll;

    private QuicLinks(LinkContext context) {
        this.context = context;
        LinksOptions options = context.options();
        // same host, any port: peers see where we listen, unless we listen everywhere
        this.dialler =
                UdpSocket.bind(
                        new InetSocketAddress(options.bind().getAddress(), 0),
                        UdpSocket.slotBytes(options),
                        codec(options),
                        "quorate-dial-" + options.self());
        try {
            this.acceptor = new Acceptor(context, this::heard);
        } catch (RuntimeException e) {
            dialler.close();
            throw e;
        }
    }

    /// The same for a node whose certificates are not replaced while it runs.
    public static QuicLinks start(
            LinksOptions options, NodeIdentity identity, Links.Listener listener) {
        return start(options, new LiveIdentity(identity), listener);
    }

    /// Starts to listen; dials nobody until [#peers] is called.
    ///
    /// @throws IllegalStateException if QUIC does not run on this machine, in a sentence
    /// @throws IllegalArgumentException if the identity is another node's or another cluster's
    /// @throws java.io.UncheckedIOException if the address cannot be bound
    public static QuicLinks start(
            LinksOptions options, LiveIdentity identity, Links.Listener listener) {
        NodeName name = new NodeName(options.cluster(), options.self());
        if (!identity.now().name().equals(name)) {
            throw new IllegalArgumentException(
                    "the certificate is for "
                            + identity.now().name().uri()
                            + ", but this node is "
                            + name.uri());
        }
        if (options.bind().isUnresolved()) {
            throw new IllegalArgumentException("the name " + options.bind() + " is not known");
        }
        requireQuic();
        Hello hello = Hello.of(options, new SecureRandom().nextLong());
        QuicLinks links = new QuicLinks(new LinkContext(options, hello, identity, listener));
        identity.onReplaced(links.judgeAll);
        return links;
    }

    @Override
    public boolean send(NodeId to, int lane, ByteBuffer frames) {
        if (lane < 0 || lane >= LANES) {
            throw new IllegalArgumentException("there is no lane " + lane);
        }
        SendQueue.requireFrames(frames);
        DialedLink link = links.get(to);
        return link != null && link.send(lane, frames);
    }

    @Override
    public void peers(Map<NodeId, InetSocketAddress> addresses) {
        Map<NodeId, InetSocketAddress> others = new TreeMap<>(addresses);
        others.remove(context.options().self());
        if (!closed.get()) {
            dialler.loop().execute(() -> dial(others));
            acceptor.peers(new HashSet<>(others.keySet()));
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        return acceptor.address();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        context.identity().forget(judgeAll);
        context.mute();
        dialler.loop()
                .execute(() -> {
                    for (DialedLink link : links.values()) {
                        link.close("this node is shutting down");
                    }
                    links.clear();
                });
        dialler.close();
        acceptor.close();
    }

    /// The identity was replaced: every link is formed anew, without a break.
    private void judgeAll() {
        if (!closed.get()) {
            dialler.loop().execute(() -> links.values().forEach(DialedLink::judgeAgain));
            acceptor.judgeAgain();
        }
    }

    /// The certificate that a peer showed on the newest connection it made to us; null without one.
    CompletableFuture<@Nullable X509Certificate> certificateOf(NodeId peer) {
        return acceptor.certificateOf(peer);
    }

    /// On the dialling loop: makes the links what they should be.
    private void dial(Map<NodeId, InetSocketAddress> addresses) {
        if (closed.get()) {
            return;
        }
        for (NodeId known : new TreeSet<>(links.keySet())) {
            DialedLink link = links.get(known);
            if (link != null && !addresses.containsKey(known)) {
                links.remove(known);
                link.close(known + " is no peer of ours");
            }
        }
        addresses.forEach((peer, address) -> {
            DialedLink link = links.get(peer);
            if (link == null) {
                DialedLink added = new DialedLink(context, dialler, peer, address);
                links.put(peer, added);
                added.dial();
            } else {
                link.address(address);
                link.judgeAgain();
            }
        });
    }

    /// On the accepting loop: a peer was let in.
    private void heard(Hello hello) {
        DialedLink link = links.get(hello.node());
        if (link != null) {
            dialler.loop().execute(() -> link.heard(hello));
        }
    }

    private static ChannelHandler codec(LinksOptions options) {
        return UdpSocket.tune(new QuicClientCodecBuilder(), options, 0)
                .sslEngineProvider(DialedConnection::engineFor)
                .build();
    }

    private static void requireQuic() {
        try {
            Quic.ensureAvailability();
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "QUIC does not run here: the native library for this system and processor is"
                            + " missing from the class path, or the JVM lacks"
                            + " --enable-native-access ("
                            + e.getMessage()
                            + ")",
                    e);
        }
    }
}
