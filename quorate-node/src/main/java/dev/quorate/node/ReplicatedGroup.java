package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// One group, addressed directly: for embedders that shard by themselves. Thread-safe.
///
/// Futures complete on the node's reactor thread: hand long work on to your own.
public final class ReplicatedGroup {
    private final Door door;
    private final GroupId group;

    ReplicatedGroup(Door door, GroupId group) {
        this.door = door;
        this.group = group;
    }

    /// Which group this is.
    public GroupId id() {
        return group;
    }

    /// Replicates a command.
    ///
    /// @param deadline how long the caller waits; at most an hour
    public CompletableFuture<Outcome> submit(Bytes command, Duration deadline, Reach reach) {
        return door.submit(group, command, deadline, reach);
    }

    /// Asks a question.
    ///
    /// @param deadline how long the caller waits; at most an hour
    public CompletableFuture<Outcome> ask(
            Bytes query, ReadLevel level, Duration deadline, Reach reach) {
        return door.ask(group, query, level, deadline, reach);
    }
}
