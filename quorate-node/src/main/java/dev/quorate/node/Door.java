package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Rejected;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerCodec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where requests come in: checks them, names them, and refuses at once what cannot be taken.
/// Thread-safe.
final class Door {
    private static final Duration DEADLINE_MAX = Duration.ofHours(1);

    private final Reactor reactor;
    private final AtomicLong lastRequestId;
    private final Supplier<String> closed;

    /// A door to a running reactor.
    ///
    /// @param lastRequestId ids count up from here; starts of a node must not share any, or a late
    ///   answer of a peer would be taken for another request's
    /// @param closed why nothing is taken any more; empty while the door is open
    Door(Reactor reactor, long lastRequestId, Supplier<String> closed) {
        this.reactor = reactor;
        this.lastRequestId = new AtomicLong(lastRequestId);
        this.closed = closed;
    }

    /// Whether requests are taken at all.
    boolean isOpen() {
        return closed.get().isEmpty();
    }

    CompletableFuture<Outcome> submit(
            GroupId group, Bytes command, Duration deadline, Reach reach) {
        long id = lastRequestId.incrementAndGet();
        return enter(id, new NodeInput.Write(id, group, command, nanos(deadline), reach), command);
    }

    /// A write that is applied once however often it is sent: the payload is an encoded
    /// [dev.quorate.session.SessionCommand].
    CompletableFuture<Outcome> submitOnce(
            GroupId group, Bytes payload, Duration deadline, Reach reach) {
        long id = lastRequestId.incrementAndGet();
        return enter(
                id,
                new NodeInput.SessionWrite(id, group, payload, nanos(deadline), reach),
                payload);
    }

    /// Another leader for a group that this node leads.
    ///
    /// @param target null for whoever is fittest
    CompletableFuture<Outcome> transfer(GroupId group, @Nullable NodeId target, Duration deadline) {
        long id = lastRequestId.incrementAndGet();
        return enter(id, new NodeInput.Transfer(id, group, target, nanos(deadline)), Bytes.EMPTY);
    }

    CompletableFuture<Outcome> ask(
            GroupId group, Bytes query, ReadLevel level, Duration deadline, Reach reach) {
        long id = lastRequestId.incrementAndGet();
        return enter(
                id, new NodeInput.Read(id, group, query, level, nanos(deadline), reach), query);
    }

    /// An answer without a question asked.
    static CompletableFuture<Outcome> refuse(Code code, Retry retry, String sentence) {
        return CompletableFuture.completedFuture(new Rejected(code, retry, null, sentence));
    }

    private CompletableFuture<Outcome> enter(long id, NodeInput input, Bytes payload) {
        String why = closed.get();
        if (!why.isEmpty()) {
            return refuse(Code.STOPPING, Retry.LATER, why);
        }
        if (payload.length() > PeerCodec.PAYLOAD_BYTES_MAX) {
            return refuse(
                    Code.INVALID,
                    Retry.NEVER,
                    "%d bytes are more than a request may have (%d)"
                            .formatted(payload.length(), PeerCodec.PAYLOAD_BYTES_MAX));
        }
        CompletableFuture<Outcome> reply = new CompletableFuture<>();
        if (!reactor.offer(new ClientRequest(id, input, reply))) {
            return refuse(Code.OVERLOADED, Retry.LATER, "this node has too many requests waiting");
        }
        return reply;
    }

    private static long nanos(Duration deadline) {
        Duration wait = deadline.compareTo(DEADLINE_MAX) > 0 ? DEADLINE_MAX : deadline;
        return System.nanoTime() + wait.toNanos();
    }
}
