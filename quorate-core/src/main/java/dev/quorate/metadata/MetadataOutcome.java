package dev.quorate.metadata;

/// How a committed entry of group 0 ended, for whoever proposed it. Equal on every node.
public sealed interface MetadataOutcome {
    /// It took effect, or what it asks for was already so.
    record Applied() implements MetadataOutcome {}

    /// It changed nothing, and never will.
    ///
    /// @param sentence what was refused and why, for a person
    record Rejected(Code code, String sentence) implements MetadataOutcome {}

    /// Why an entry was rejected, for a program.
    enum Code {
        /// The cluster has been founded before.
        ALREADY_FOUNDED,
        /// Batches are nested too deeply.
        BATCH_TOO_DEEP,
        /// The bytes are not those that were checked when they were written.
        CHECKSUM_MISMATCH,
        /// Something else is under way, or was decided before.
        CONFLICT,
        /// The descriptor drains: no lease on that version.
        DRAINING,
        /// Its time is over, by log time.
        EXPIRED,
        /// The node or group would not fit into the limits.
        LIMIT_REACHED,
        /// The key or the node is already tied to another one.
        IDENTITY_CONFLICT,
        /// The node's state does not allow the step.
        ILLEGAL_EDGE,
        /// A value makes no sense.
        INVALID,
        /// A group would be left without a majority of its voters.
        MAJORITY_LOST,
        /// The node still holds replicas.
        NODE_IN_USE,
        /// The node's id is spent.
        NODE_REMOVED,
        /// The node does not belong to the group.
        NOT_A_MEMBER,
        /// The replica, group or node id is not the next one: look again and propose again.
        NOT_NEXT_ID,
        /// Nodes still use certificates of the old authority.
        NOT_REISSUED,
        /// The replica is gone, and its id with it.
        REPLICA_GONE,
        /// The key or authority is denied for ever.
        REVOKED,
        /// A newer fact is already known.
        STALE,
        /// The join token is bound to another key.
        TOKEN_IN_USE,
        /// The join token was used or withdrawn.
        TOKEN_SPENT,
        /// No such authority is trusted.
        UNKNOWN_AUTHORITY,
        /// There is no such group.
        UNKNOWN_GROUP,
        /// There is no such migration.
        UNKNOWN_MIGRATION,
        /// There is no such node.
        UNKNOWN_NODE,
        /// There is no such join token.
        UNKNOWN_TOKEN,
        /// The versions of node and cluster do not fit.
        VERSION_MISMATCH;

        /// Whether it makes sense to ask again.
        public Again again() {
            return switch (this) {
                case NOT_NEXT_ID, STALE -> Again.NOW;
                case CONFLICT,
                        DRAINING,
                        LIMIT_REACHED,
                        MAJORITY_LOST,
                        NODE_IN_USE,
                        NOT_REISSUED,
                        TOKEN_IN_USE,
                        VERSION_MISMATCH ->
                        Again.LATER;
                case ALREADY_FOUNDED,
                        BATCH_TOO_DEEP,
                        CHECKSUM_MISMATCH,
                        EXPIRED,
                        IDENTITY_CONFLICT,
                        ILLEGAL_EDGE,
                        INVALID,
                        NODE_REMOVED,
                        NOT_A_MEMBER,
                        REPLICA_GONE,
                        REVOKED,
                        TOKEN_SPENT,
                        UNKNOWN_AUTHORITY,
                        UNKNOWN_GROUP,
                        UNKNOWN_MIGRATION,
                        UNKNOWN_NODE,
                        UNKNOWN_TOKEN ->
                        Again.NEVER;
            };
        }
    }

    /// What a proposer may do after a rejection.
    enum Again {
        /// Look at the view again, and propose what then fits.
        NOW,
        /// The same may be accepted once something else has happened.
        LATER,
        /// The same is never accepted.
        NEVER,
    }
}
