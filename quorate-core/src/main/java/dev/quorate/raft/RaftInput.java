package dev.quorate.raft;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that can happen to a Raft replica. There is no other way in.
public sealed interface RaftInput {
    /// A message arrived.
    record Received(Member from, RaftMessage message) implements RaftInput {}

    /// A client asks for `command` to be replicated. Answered by [RaftEffect.Proposed] or
    /// [RaftEffect.NotTaken].
    ///
    /// @param kind [Entry.Kind#COMMAND] or [Entry.Kind#SESSION_COMMAND]
    record Propose(long requestId, Entry.Kind kind, Bytes command) implements RaftInput {}

    /// The state machine waits for log time to pass. Ignored unless the replica leads.
    record ProposeTick() implements RaftInput {}

    /// The group shall have these members: from any set to any set, by a joint configuration where
    /// voters change. Answered by [RaftEffect.Proposed], with the place of the first of its
    /// entries, or [RaftEffect.NotTaken]. Whether it is complete is seen in
    /// [RaftEffect.ConfigurationChanged].
    record ChangeMembers(long requestId, List<Member> voters, List<Member> learners)
            implements RaftInput {}

    /// The leader shall hand over. Ends with another leader or [RaftEffect.TransferEnded]. Ignored
    /// unless the replica leads.
    ///
    /// @param target null for whoever is fittest
    record Transfer(@Nullable ReplicaId target) implements RaftInput {}

    /// The node is about to stop: this replica hands over, if it leads, and leads nothing more.
    record Retire() implements RaftInput {}

    /// This replica should lead when nothing else decides.
    record Prefer(ReplicaId replica) implements RaftInput {}

    /// A client wants to read. Answered by [RaftEffect.ReadReady] or [RaftEffect.NotTaken]. A
    /// follower asks its leader.
    ///
    /// @param lease whether a leader's lease will do, where there is one
    record Read(long requestId, boolean lease) implements RaftInput {}

    /// All [RaftEffect.Persist] effects up to and including `ticket` are on stable storage.
    record Persisted(long ticket) implements RaftInput {}

    /// The state machine is open and has, durably, applied everything up to `durableApplied`: apply
    /// goes on from there. Until then the replica votes and replicates, but applies nothing.
    record Opened(long durableApplied) implements RaftInput {}

    /// The state machine has applied everything up to `index`.
    record Applied(long index) implements RaftInput {}

    /// The state machine would still have everything up to `index` after a crash.
    record DurablyApplied(long index) implements RaftInput {}

    /// The state machine cannot go on here: this replica leads no more (rule R9).
    record ApplyStopped() implements RaftInput {}

    /// The answer to [RaftEffect.ReadLog]: contiguous entries from the index asked for; none if the
    /// log no longer holds it.
    record LogRead(ReplicaId peer, List<Entry> entries) implements RaftInput {}

    /// The answer to [RaftEffect.TakeSnapshot].
    ///
    /// @param position the last entry that it holds
    /// @param stampMicros that entry's log time
    record SnapshotTaken(LogPosition position, long stampMicros, long sizeBytes, Bytes sha256)
            implements RaftInput {}

    /// The snapshot could not be taken; it may be asked for again.
    record SnapshotNotTaken() implements RaftInput {}

    /// The answer to [RaftEffect.FetchSnapshot]: verified and durable in the staging place.
    record SnapshotFetched(SnapshotMeta meta) implements RaftInput {}

    /// The snapshot could not be fetched; the leader will offer it, or another, again.
    record SnapshotNotFetched(SnapshotMeta meta) implements RaftInput {}

    /// The answer to [RaftEffect.RestoreSnapshot]: the state machine *is* the snapshot, durably.
    record SnapshotRestored(long index) implements RaftInput {}

    /// The journal holds more of this log than it can afford: compact what can be.
    record Compact() implements RaftInput {}

    /// What is known of wall clocks, when it changes (rule R14).
    ///
    /// @param correctionMicros what is to be added to this node's for log time
    /// @param off nodes whose clocks most others disagree with, this one perhaps among them: better
    ///   somebody else leads
    /// @param known whether others' clocks were heard of at all: before that, log time stands still
    record Clock(long correctionMicros, List<NodeId> off, boolean known) implements RaftInput {
        /// All clocks agree.
        public static final Clock RIGHT = new Clock(0, List.of(), true);

        /// Nobody knows yet.
        public static final Clock UNKNOWN = new Clock(0, List.of(), false);

        /// Others' clocks were heard of.
        public Clock(long correctionMicros, List<NodeId> off) {
            this(correctionMicros, off, true);
        }

        public Clock {
            off = List.copyOf(off);
        }
    }

    /// [Raft#nextDeadlineNanos()] may have passed. Harmless if it has not.
    record Wakeup() implements RaftInput {}
}
