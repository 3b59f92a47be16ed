package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.raft.Entry;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.session.EntryResult;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that can happen to a node. There is no other way in.
public sealed interface NodeInput {
    /// A peer spoke.
    record Received(NodeId from, PeerMessage message) implements NodeInput {}

    /// The link to a peer came up or went down. What was in flight on it may be lost.
    record LinkChanged(NodeId peer, boolean up) implements NodeInput {}

    /// A peer would not have this node: in its view the node belongs to the cluster no more, which
    /// is for ever.
    ///
    /// @param by a node of the cluster, which the link has authenticated
    /// @param why a sentence
    record TurnedAway(NodeId by, String why) implements NodeInput {}

    /// A client asks for a command to be replicated. Answered by one [NodeEffect.Reply].
    ///
    /// @param requestId chosen by the shell, unique while the node runs
    /// @param deadlineNanos monotonic time after which nobody waits any more
    /// @param reach what to do when another node leads the group
    record Write(long requestId, GroupId group, Bytes command, long deadlineNanos, Reach reach)
            implements NodeInput {}

    /// The same, but the command is applied once however often it is sent: its payload is a
    /// [dev.quorate.session.SessionCommand].
    record SessionWrite(
            long requestId, GroupId group, Bytes payload, long deadlineNanos, Reach reach)
            implements NodeInput {}

    /// A client asks a question. Answered by one [NodeEffect.Reply].
    record Read(
            long requestId,
            GroupId group,
            Bytes query,
            ReadLevel level,
            long deadlineNanos,
            Reach reach)
            implements NodeInput {}

    /// Everything up to and including the [NodeEffect.Persist] with this ticket is on stable
    /// storage.
    record Persisted(long ticket) implements NodeInput {}

    /// The group's state machine is open.
    ///
    /// @param durableApplied what it has already applied, durably
    record Opened(GroupId group, long durableApplied) implements NodeInput {}

    /// The state machine has applied the entries up to `index`.
    ///
    /// @param results one per [Entry.Kind#COMMAND] and [Entry.Kind#SESSION_COMMAND] entry of the
    ///   batch, in order
    /// @param tickAtMicros log time at which it wants a tick; [Long#MAX_VALUE] for never
    /// @param remembered how many results of earlier writes it remembers
    record Applied(
            GroupId group, long index, List<EntryResult> results, long tickAtMicros, int remembered)
            implements NodeInput {}

    /// The state machine has answered.
    record Answered(long requestId, GroupId group, Bytes result) implements NodeInput {}

    /// The state machine could not answer a query: the query is to blame, or the machine.
    ///
    /// @param sentence why
    record QueryFailed(long requestId, GroupId group, Outcome.Code code, String sentence)
            implements NodeInput {}

    /// A snapshot was taken.
    ///
    /// @param position the last entry whose effects it holds
    /// @param stampMicros that entry's log time
    record SnapshotTaken(
            GroupId group, LogPosition position, long stampMicros, long sizeBytes, Bytes sha256)
            implements NodeInput {}

    /// A snapshot was fetched, verified, and is durable in the staging place.
    record SnapshotFetched(GroupId group, SnapshotMeta meta) implements NodeInput {}

    /// A snapshot could not be taken (`meta` is null) or fetched.
    record SnapshotFailed(GroupId group, @Nullable SnapshotMeta meta, String cause)
            implements NodeInput {}

    /// The state machine is the snapshot now, durably.
    record Restored(GroupId group, SnapshotMeta meta) implements NodeInput {}

    /// Group 0's state was replaced on disk by a snapshot.
    ///
    /// @param state what the snapshot says
    record MetadataRestored(SnapshotMeta meta, Bytes state) implements NodeInput {}

    /// The state machine flushed: up to `index` it would survive a crash.
    record Flushed(GroupId group, long index) implements NodeInput {}

    /// The state machine cannot go on; the group's apply stops here, on this node, visibly. What is
    /// still queued for it then is not answered any more.
    record ApplyFailed(GroupId group, String cause) implements NodeInput {}

    /// A snapshot could not be restored: nobody knows what the state machine is now, and it stays
    /// stopped until the next start fetches a snapshot again.
    record RestoreFailed(GroupId group, String cause) implements NodeInput {}

    /// Entries a [NodeEffect.ReadLog] asked for.
    record LogRead(GroupId group, ReplicaId peer, List<Entry> entries) implements NodeInput {}

    /// The journal has found a replica's records rotten, and has put it in quarantine, durably
    /// (rule R7). It takes nothing of that replica any more, and answers what it is given with
    /// [Persisted] only.
    record ReplicaLost(LostReplica replica) implements NodeInput {}

    /// The journal holds more than it should: let go of what can be.
    record JournalPressed() implements NodeInput {}

    /// How much room the journal has, when that changes (rule R8).
    record JournalRoom(Room room) implements NodeInput {}

    /// A group holds more of the journal than one group may, or does not any more: while it does,
    /// it takes nothing more in, so that the others can (rule R9).
    record JournalShare(GroupId group, boolean isOver) implements NodeInput {}

    /// How much room a journal has.
    enum Room {
        /// Enough.
        ENOUGH,
        /// Little: clients are refused, replication goes on.
        LITTLE,
        /// None: nothing is acknowledged, and entries from other nodes are not taken either.
        NONE,
    }

    /// An operator, or the reconciler, wants a group to have these members. Answered by one
    /// [NodeEffect.Reply]: when the change is complete, refused, or in doubt. Never forwarded.
    record ChangeMembers(
            long requestId,
            GroupId group,
            List<Member> voters,
            List<Member> learners,
            long deadlineNanos)
            implements NodeInput {}

    /// An operator wants another leader. Answered by one [NodeEffect.Reply]. Never forwarded.
    ///
    /// @param target null for whoever is fittest
    record Transfer(long requestId, GroupId group, @Nullable NodeId target, long deadlineNanos)
            implements NodeInput {}

    /// The node is about to stop: it hands over all it leads and leads nothing more.
    record Drain() implements NodeInput {}

    /// The journal has failed for good: nothing may be acknowledged any more.
    record JournalFailed(String cause) implements NodeInput {}

    /// [NodeCore#nextDeadlineNanos()] may have passed. Harmless if it has not.
    record Wakeup() implements NodeInput {}

    /// Who carries a request to the leader.
    enum Reach {
        /// The node forwards it over the links.
        FORWARD,
        /// The caller goes there itself: it is told where
        /// ([dev.quorate.api.Outcome.Retry#REDIRECT]).
        REDIRECT,
        /// A read is answered by this node's own replica, whatever its role: it asks the leader up
        /// to where it must have applied.
        HERE,
    }
}
