package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

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

    /// Makes another node lead; only the node that leads now can do it.
    ///
    /// @param target null for whoever is fittest
    /// @param deadline how long the caller waits; at most an hour
    /// @return [Outcome.Applied] once another node leads
    public CompletableFuture<Outcome> transfer(@Nullable NodeId target, Duration deadline) {
        return door.transfer(group, target, deadline);
    }

    /// Asks a question.
    ///
    /// @param deadline how long the caller waits; at most an hour
    public CompletableFuture<Outcome> ask(
            Bytes query, ReadLevel level, Duration deadline, Reach reach) {
        return door.ask(group, query, level, deadline, reach);
    }
}
