package dev.quorate.raft;

import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a Raft replica can ask of the world.
///
/// An effect may be executed the moment it is emitted. [Persist], [MarkInstalling], [Installed] and
/// [Compact] effects of one group must reach the disk in the order they were emitted, and [Apply],
/// [RestoreSnapshot] and [TakeSnapshot] effects the state machine; nothing else is ordered.
public sealed interface RaftEffect {
    /// Sends a message. Best effort: the replica retries by itself.
    record Send(Member to, RaftMessage message) implements RaftEffect {}

    /// Makes the hard state and the log suffix durable, then answers with [RaftInput.Persisted].
    ///
    /// @param ticket strictly increasing within a replica's life
    /// @param hardState null when it has not changed
    /// @param entries replace everything from the first entry's index on; may be empty
    record Persist(long ticket, @Nullable HardState hardState, List<Entry> entries)
            implements RaftEffect {}

    /// The entries are committed and locally durable (rule R2): apply them in order, then answer
    /// with [RaftInput.Applied].
    record Apply(List<Entry> entries) implements RaftEffect {}

    /// Reads entries that are not in memory: for a follower that lags or, when `peer` is this
    /// replica, for the state machine.
    record ReadLog(ReplicaId peer, long fromIndex, int bytesMax) implements RaftEffect {}

    /// Entries up to and including `index` will never be asked for again.
    ///
    /// @param term of the entry at `index`
    /// @param configuration in force at `index`
    record Compact(long index, long term, Configuration configuration) implements RaftEffect {}

    /// A proposal has been given a place in the log. Whether it keeps it is seen when that index is
    /// applied: same term, same command.
    record Proposed(long requestId, long term, long index) implements RaftEffect {}

    /// The read may be answered from any state that has applied `index`.
    ///
    /// @param lease whether it rests on the lease: then [Raft#holdsLease] must still be true after
    ///   the data was read (rule R11)
    record ReadReady(long requestId, long index, boolean lease) implements RaftEffect {}

    /// The request was not taken, and has no effect.
    record NotTaken(long requestId, Reason reason, @Nullable Member leader) implements RaftEffect {}

    /// Role, term or known leader changed.
    record RoleChanged(long term, RoleName role, @Nullable Member leader) implements RaftEffect {}

    /// Another configuration is in force, or the one in force is committed now.
    record ConfigurationChanged(long index, Configuration configuration, boolean committed)
            implements RaftEffect {}

    /// The hand-over to `target` was given up: this replica leads on.
    record TransferEnded(ReplicaId target) implements RaftEffect {}

    /// The group has removed this replica: it only listens now.
    record RemovedFromGroup(long configIndex) implements RaftEffect {}

    /// A follower needs a snapshot: freeze the state machine as it is, then answer with
    /// [RaftInput.SnapshotTaken]. Kept until [ReleaseSnapshot].
    record TakeSnapshot() implements RaftEffect {}

    /// Nobody needs the snapshots taken here any more.
    record ReleaseSnapshot() implements RaftEffect {}

    /// Fetches a snapshot from a peer to the staging place, verifies it and makes it durable there,
    /// then answers with [RaftInput.SnapshotFetched]. Replaces an earlier fetch.
    record FetchSnapshot(Member from, SnapshotMeta meta) implements RaftEffect {}

    /// The staged or half-fetched snapshots are not needed.
    record DropFetched() implements RaftEffect {}

    /// Makes durable that the state machine is about to become this snapshot (rule R4, step 2),
    /// then answers with [RaftInput.Persisted].
    record MarkInstalling(long ticket, SnapshotMeta meta) implements RaftEffect {}

    /// Makes the state machine the staged snapshot, durably (rule R4, step 3), then answers with
    /// [RaftInput.SnapshotRestored].
    record RestoreSnapshot(SnapshotMeta meta) implements RaftEffect {}

    /// Makes durable that the log begins after the snapshot (rule R4, step 4), then answers with
    /// [RaftInput.Persisted].
    ///
    /// @param keepsSuffix whether the log behind the snapshot's position stays; else it is gone
    record Installed(long ticket, SnapshotMeta meta, boolean keepsSuffix) implements RaftEffect {}

    /// Why a request was not taken.
    enum Reason {
        /// This replica does not lead.
        NOT_LEADER,
        /// Too many bytes of the log are not committed yet.
        OVERLOADED,
        /// Another change of members is under way, or the leader has not committed in its term yet.
        CHANGE_UNDER_WAY,
        /// Someone who shall vote is not a learner that keeps up.
        NOT_CAUGHT_UP,
    }

    /// A replica's role, for display and routing.
    enum RoleName {
        FOLLOWER,
        PRE_CANDIDATE,
        CANDIDATE,
        LEADER,
    }
}
