package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes the calls of peers: one UDP port, at most one connection per peer, the newest.
///
/// Owned by its event loop, except where a method says otherwise.
final class Acceptor {
    /// Callers that have not said hello yet; more are turned away.
    private static final int CALLERS_MAX = 256;

    private static final AttributeKey<QuicSslEngine> ENGINE =
            AttributeKey.valueOf(Acceptor.class, "engine");
    private static final AttributeKey<AcceptedConnection> CONNECTION =
            AttributeKey.valueOf(Acceptor.class, "connection");

    private final LinkContext context;
    private final Consumer<Hello> heard;
    private final Set<AcceptedConnection> callers = new HashSet<>();
    private final Map<NodeId, AcceptedConnection> open = new HashMap<>();
    // still heard while the peer's next connection takes over; at most one per peer
    private final Map<NodeId, AcceptedConnection> outgoing = new HashMap<>();
    private final UdpSocket socket;

    /// Starts to listen.
    ///
    /// @param heard told of every peer that was let in; called on the event loop
    /// @throws java.io.UncheckedIOException if the address cannot be bound
    Acceptor(LinkContext context, Consumer<Hello> heard) {
        this.context = context;
        this.heard = heard;
        LinksOptions options = context.options();
        this.socket =
                UdpSocket.bind(
                        options.bind(),
                        UdpSocket.slotBytes(options),
                        codec(options),
                        "quorate-accept-" + options.self());
    }

    /// Where it listens. From any thread.
    InetSocketAddress address() {
        return socket.address();
    }

    /// Closes connections of nodes that are no peers, and those whose pin changed. From any thread.
    void peers(Set<NodeId> peers) {
        socket.loop()
                .execute(() -> {
                    for (AcceptedConnection connection : all()) {
                        NodeId peer = connection.peer();
                        if (peer != null && !peers.contains(peer)) {
                            forget(connection);
                            connection.close(RefusalCode.REPLACED, peer + " is no peer of ours");
                        } else {
                            connection.judgeAgain();
                        }
                    }
                });
    }

    /// Holds all peers' certificates against pins and roots as they are now. From any thread.
    void judgeAgain() {
        socket.loop().execute(() -> all().forEach(AcceptedConnection::judgeAgain));
    }

    /// The certificate on a peer's newest connection, or null without one. From any thread.
    CompletableFuture<@Nullable X509Certificate> certificateOf(NodeId peer) {
        return CompletableFuture.supplyAsync(
                () -> {
                    AcceptedConnection connection = open.get(peer);
                    return connection == null ? null : connection.certificate();
                },
                socket.loop());
    }

    /// Says goodbye to all and frees the port. From any thread.
    void close() {
        socket.loop()
                .execute(() -> {
                    List<AcceptedConnection> all = all();
                    all.addAll(callers);
                    for (AcceptedConnection connection : all) {
                        connection.close(RefusalCode.CLOSED, "this node is shutting down");
                    }
                });
        socket.close();
    }

    /// Counts a caller; false if there are too many.
    boolean callerArrived(AcceptedConnection connection) {
        return callers.size() < CALLERS_MAX && callers.add(connection);
    }

    void callerLeft(AcceptedConnection connection) {
        callers.remove(connection);
        forget(connection);
    }

    /// Hello was answered: this is the peer's connection now.
    void opened(AcceptedConnection connection, Hello hello) {
        callers.remove(connection);
        AcceptedConnection before = open.put(hello.node(), connection);
        if (before != null && before.boot() == hello.nonce()) {
            // the same process forms its link anew: it lets the old connection go when it is done
            before = outgoing.put(hello.node(), before);
        }
        if (before != null) {
            before.close(RefusalCode.REPLACED, "a newer connection took over");
        }
        heard.accept(hello);
    }

    private List<AcceptedConnection> all() {
        List<AcceptedConnection> all = new ArrayList<>(open.values());
        all.addAll(outgoing.values());
        return all;
    }

    private void forget(AcceptedConnection connection) {
        open.values().removeIf(known -> known == connection);
        outgoing.values().removeIf(known -> known == connection);
    }

    private ChannelHandler codec(LinksOptions options) {
        return UdpSocket.tune(new QuicServerCodecBuilder(), options, Links.LANES)
                .sslEngineProvider(channel -> {
                    QuicSslEngine engine = context.serverTls().newEngine(channel.alloc());
                    channel.attr(ENGINE).set(engine);
                    return engine;
                })
                // run at once, a refused handshake is freed before its TLS alert was sent, and the
                // caller would hear nothing
                .sslTaskExecutor(this::later)
                .tokenHandler(new AddressTokens())
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, UdpSocket.segments())
                .handler(
                        new ChannelInitializer<QuicChannel>() {
                            @Override
                            protected void initChannel(QuicChannel channel) {
                                accept(channel);
                            }
                        })
                .streamHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel stream) {
                                read((QuicStreamChannel) stream);
                            }
                        })
                .build();
    }

    private void later(Runnable task) {
        socket.loop().execute(task);
    }

    private void accept(QuicChannel channel) {
        QuicSslEngine engine = Objects.requireNonNull(channel.attr(ENGINE).get());
        AcceptedConnection connection = new AcceptedConnection(this, context, channel, engine);
        channel.attr(CONNECTION).set(connection);
        channel.pipeline().addLast(connection);
    }

    private static void read(QuicStreamChannel stream) {
        AcceptedConnection connection =
                Objects.requireNonNull(stream.parent().attr(CONNECTION).get());
        stream.pipeline().addLast(new LaneReader(connection));
    }
}
