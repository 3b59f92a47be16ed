package dev.quorate.raft;

import dev.quorate.types.LogPosition;
import java.util.List;

/// What one replica of a group says to another. Immutable.
///
/// Messages may be lost, repeated and reordered. Replies carry what they answer (`term`, `round`),
/// so that a late one is recognised and dropped.
public sealed interface RaftMessage {
    /// The sender's term when it sent the message; in the two pre-vote messages, the term asked
    /// for.
    long term();

    /// Would you vote for me in `term`? Asked before the term is raised, so that a replica that was
    /// cut off cannot disturb the others when it returns (thesis §9.6).
    ///
    /// @param term the term the sender would campaign in: its own plus one
    record PreVoteRequest(long term, LogPosition lastLog) implements RaftMessage {}

    /// Answers a [PreVoteRequest] without promising anything.
    ///
    /// @param term the requested term when granted, else the voter's own
    record PreVoteReply(long term, boolean granted) implements RaftMessage {}

    /// Asks for a vote (§5.2).
    ///
    /// @param handover the leader itself asked for this election: who hears it still may vote
    record VoteRequest(long term, LogPosition lastLog, boolean handover) implements RaftMessage {}

    /// Answers a [VoteRequest]. A grant is sent only once the vote is durable.
    record VoteReply(long term, boolean granted) implements RaftMessage {}

    /// Replicates entries (§5.3).
    ///
    /// @param previous the position just before the first entry
    /// @param entries contiguous; may be empty, as a probe
    /// @param commitIndex the leader's
    /// @param round the leader's latest confirmation round, echoed in the reply
    /// @param everywhere nobody will ask for the log up to here: compaction may
    record AppendRequest(
            long term,
            LogPosition previous,
            List<Entry> entries,
            long commitIndex,
            long round,
            long everywhere)
            implements RaftMessage {}

    /// The follower's log matches the leader's up to and including `matchIndex`, durably.
    ///
    /// @param round echoed from the request; recognises the leader as of its sending
    record AppendAccepted(long term, long matchIndex, long round) implements RaftMessage {}

    /// The follower's log does not hold the position just before the entries.
    ///
    /// Together with the same search on the leader's side, the hint settles a divergence in a round
    /// trip per *term* instead of one per entry (§5.3, end; the search is etcd's).
    ///
    /// @param rejectedIndex index of that position, echoed
    /// @param hintTerm term of the follower's entry at `hintIndex`
    /// @param hintIndex the last index of the follower's log that may match: none of a later term
    ///   than the rejected position's can
    record AppendRejected(long term, long rejectedIndex, long hintTerm, long hintIndex, long round)
            implements RaftMessage {}

    /// Asserts leadership between appends.
    ///
    /// @param commitIndex followers clamp it to what they verified in this term (rule R2)
    /// @param leaseNanos for how long, from sending on, the leader will trust a reply to this as a
    ///   lease, in nanoseconds: who replies elects nobody else for so long (rule R11)
    record Heartbeat(long term, long commitIndex, long round, long everywhere, long leaseNanos)
            implements RaftMessage {}

    /// Answers a [Heartbeat], and a stale message of an older term. The promise that goes with it
    /// is durable.
    record HeartbeatReply(long term, long round) implements RaftMessage {}

    /// The leader asks this follower, who has its whole log, to be elected at once (thesis §3.10).
    record TimeoutNow(long term) implements RaftMessage {}

    /// The leader's log no longer reaches back to what this follower lacks: it must fetch this
    /// snapshot (thesis §5.1).
    record SnapshotOffer(long term, SnapshotMeta meta, long round) implements RaftMessage {}

    /// A follower wants to read: up to which index must it have applied (thesis §6.4, end)?
    ///
    /// @param key echoed in the answer
    /// @param lease whether the leader's lease will do
    record ReadIndexRequest(long term, long key, boolean lease) implements RaftMessage {}

    /// Answers a [ReadIndexRequest]: the leader was confirmed since it came.
    record ReadIndexReply(long term, long key, long index) implements RaftMessage {}

    /// Tells a replica that asks for votes that the group has removed it, for good: replica ids are
    /// never used again (rule R6).
    ///
    /// @param configIndex the committed configuration that does not name it
    record Removed(long term, long configIndex) implements RaftMessage {}
}
