package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Keeps the connections that peers dialled: so many per peer, the newest.
///
/// Owned by its event loop, except where a method says otherwise.
final class Acceptor {
    /// Hears of peers and their frames, on the event loop.
    interface Ear {
        /// A peer was let in.
        void heard(Hello hello);

        /// A peer sent a frame; valid only during the call.
        ///
        /// @throws Refused if peers have nothing to say here
        void received(NodeId from, ByteBuffer frame) throws Refused;
    }

    /// Callers that have not said hello yet; more are turned away.
    private static final int CALLERS_MAX = 256;

    private final EventLoop loop;
    private final Ear ear;
    private final int perPeerMax;
    private final Set<AcceptedConnection> callers = new HashSet<>();
    private final Map<NodeId, Deque<AcceptedConnection>> open = new TreeMap<>();
    // still heard while the peer's next connection takes over; at most one per peer
    private final Map<NodeId, AcceptedConnection> outgoing = new TreeMap<>();

    /// @param perPeerMax connections of one peer; a newer one takes the place of the oldest
    Acceptor(EventLoop loop, Ear ear, int perPeerMax) {
        this.loop = loop;
        this.ear = ear;
        this.perPeerMax = perPeerMax;
    }

    EventLoop loop() {
        return loop;
    }

    /// Closes connections of nodes that are no peers, and those whose pin changed. From any thread.
    void peers(Set<NodeId> peers) {
        loop.execute(() -> {
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
        loop.execute(() -> all().forEach(AcceptedConnection::judgeAgain));
    }

    /// The certificate on a peer's newest connection, or null without one. From any thread.
    CompletableFuture<@Nullable X509Certificate> certificateOf(NodeId peer) {
        return CompletableFuture.supplyAsync(
                () -> {
                    Deque<AcceptedConnection> known = open.get(peer);
                    return known == null ? null : known.getLast().certificate();
                },
                loop);
    }

    /// Says goodbye to all. From any thread.
    void close() {
        loop.execute(() -> {
            List<AcceptedConnection> all = all();
            all.addAll(callers);
            for (AcceptedConnection connection : all) {
                connection.close(RefusalCode.CLOSED, "this node is shutting down");
            }
        });
    }

    /// Counts a caller; false if there are too many.
    boolean callerArrived(AcceptedConnection connection) {
        return callers.size() < CALLERS_MAX && callers.add(connection);
    }

    void callerLeft(AcceptedConnection connection) {
        callers.remove(connection);
        forget(connection);
    }

    /// Hello was answered: this is one of the peer's connections now.
    void opened(AcceptedConnection connection, Hello hello) {
        callers.remove(connection);
        Deque<AcceptedConnection> known =
                open.computeIfAbsent(hello.node(), _ -> new ArrayDeque<>());
        known.addLast(connection);
        if (known.size() > perPeerMax) {
            AcceptedConnection oldest = known.removeFirst();
            if (oldest.boot() == hello.nonce()) {
                // the same process forms its link anew: it lets the old connection go when it is
                // done
                oldest = outgoing.put(hello.node(), oldest);
            }
            if (oldest != null) {
                oldest.close(RefusalCode.REPLACED, "a newer connection took over");
            }
        }
        ear.heard(hello);
    }

    /// A peer sent a frame.
    void received(NodeId from, ByteBuffer frame) throws Refused {
        ear.received(from, frame);
    }

    private void forget(AcceptedConnection connection) {
        open.values().removeIf(known -> known.remove(connection) && known.isEmpty());
        outgoing.values().removeIf(known -> known == connection);
    }

    private List<AcceptedConnection> all() {
        List<AcceptedConnection> all = new ArrayList<>();
        open.values().forEach(all::addAll);
        all.addAll(outgoing.values());
        return all;
    }
}
