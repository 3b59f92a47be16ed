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

    /// Asks a question.
    CompletableFuture<Outcome> ask(
            VShardId vshard, Bytes query, ReadLevel level, Duration deadline, Reach reach);

    /// Replicates a command to the shard of `key`.
    ///
    /// @return the state machine's answer; fails with [RejectedException] or [UnknownException]
    default CompletableFuture<byte[]> write(byte[] key, byte[] command) {
        return submit(KeySlot.vshardOf(key), Bytes.copyOf(command), DEFAULT_DEADLINE, Reach.FORWARD)
                .thenApply(Shards::result);
    }

    /// Asks the shard of `key`.
    ///
    /// @return the state machine's answer; fails with [RejectedException] or [UnknownException]
    default CompletableFuture<byte[]> read(byte[] key, byte[] query, ReadLevel level) {
        return ask(
                        KeySlot.vshardOf(key),
                        Bytes.copyOf(query),
                        level,
                        DEFAULT_DEADLINE,
                        Reach.FORWARD)
                .thenApply(Shards::result);
    }

    /// The answer inside an outcome, or the typed exception that says why there is none.
    private static byte[] result(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Applied(_, Bytes result) -> result.toByteArray();
            case Outcome.Rejected rejected -> throw new RejectedException(rejected);
            case Outcome.Unknown(String sentence) -> throw new UnknownException(sentence);
        };
    }
}
