package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.KeySlot;
import dev.quorate.types.VShardId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// The sharded state of the whole cluster, from any of its nodes. Thread-safe.
///
/// The sealed [Outcome] is the primary result. Futures complete on the node's reactor thread: hand
/// long work on to your own.
public interface Shards {
    /// How long a request may take when the caller does not say.
    Duration DEFAULT_DEADLINE = Duration.ofSeconds(5);

    /// Replicates a command; a node that does not lead forwards it.
    CompletableFuture<Outcome> submit(
            VShardId vshard, Bytes command, Duration deadline, Reach reach);

    /// Replicates a command that is applied once however often it is sent. [#session()] is made of
    /// this.
    ///
    /// @param payload an encoded [dev.quorate.session.SessionCommand]
    CompletableFuture<Outcome> submitOnce(
            VShardId vshard, Bytes payload, Duration deadline, Reach reach);

    /// Asks a question.
    CompletableFuture<Outcome> ask(
            VShardId vshard, Bytes query, ReadLevel level, Duration deadline, Reach reach);

    /// Whether requests are taken at all: not any more once the node stops.
    boolean isOpen();

    /// A client whose writes are applied exactly once, and sent again by itself when a leader
    /// changes.
    default Session session() {
        return new Session(this);
    }

    /// Replicates a command to the shard of `key`. After a failure with [UnknownException] it may
    /// or may not have been applied: who must know uses a [#session()].
    ///
    /// @return the state machine's answer; fails with [RejectedException] or [UnknownException]
    default CompletableFuture<byte[]> write(byte[] key, byte[] command) {
        return submit(KeySlot.vshardOf(key), Bytes.copyOf(command), DEFAULT_DEADLINE, Reach.FORWARD)
                .thenApply(Shards::result);
    }

    /// Asks the shard of `key`.
    ///
    /// @return what the state machine answered; fails with [RejectedException] or
    ///   [UnknownException]
    default CompletableFuture<byte[]> read(byte[] key, byte[] query, ReadLevel level) {
        return readFrom(key, query, level, Reach.FORWARD)
                .thenApply(answer -> answer.result().toByteArray());
    }

    /// Asks the shard of `key`, and tells what the answer is: the last log position it includes,
    /// that entry's log time, and what it may be relied on for.
    ///
    /// @param reach [Reach#HERE] lets this node's own replica answer, whatever its role
    /// @return the answer; fails with [RejectedException] or [UnknownException]
    default CompletableFuture<Outcome.Applied> readFrom(
            byte[] key, byte[] query, ReadLevel level, Reach reach) {
        return ask(KeySlot.vshardOf(key), Bytes.copyOf(query), level, DEFAULT_DEADLINE, reach)
                .thenApply(Shards::answer);
    }

    private static byte[] result(Outcome outcome) {
        return answer(outcome).result().toByteArray();
    }

    /// The answer among outcomes, or the typed exception that says why there is none.
    private static Outcome.Applied answer(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Applied applied -> applied;
            case Outcome.Rejected rejected -> throw new RejectedException(rejected);
            case Outcome.Unknown(String sentence) -> throw new UnknownException(sentence);
        };
    }
}
