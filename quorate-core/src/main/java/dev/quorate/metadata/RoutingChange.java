package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.util.List;

/// A report of what a group's own log has decided, for the directory (rule R17): never a command,
/// and only a newer report replaces an older one.
public sealed interface RoutingChange extends MetadataEntry {
    /// A vShard belongs to a group.
    ///
    /// @param leaseholder offered as a hint who leads the group
    /// @param epoch the ownership's epoch, from the log that handed the vShard over; 0 means "as of
    ///   this entry"
    record ReassignVShard(
            VShardId vshard, GroupId group, NodeId leaseholder, long epoch, UnknownFields unknown)
            implements RoutingChange {
        public ReassignVShard {
            GroupInfo.requireNotNegative("epoch", epoch);
        }

        /// An entry of this build's making.
        public ReassignVShard(VShardId vshard, GroupId group, NodeId leaseholder, long epoch) {
            this(vshard, group, leaseholder, epoch, UnknownFields.NONE);
        }
    }

    /// A group has a new leader.
    ///
    /// @param term the leader's Raft term; 0 when unknown, which replaces no hint with a term
    record LeadershipTransfer(GroupId group, NodeId leader, long term, UnknownFields unknown)
            implements RoutingChange {
        public LeadershipTransfer {
            GroupInfo.requireNotNegative("term", term);
        }

        /// An entry of this build's making.
        public LeadershipTransfer(GroupId group, NodeId leader, long term) {
            this(group, leader, term, UnknownFields.NONE);
        }
    }

    /// A node has no vote and no learner in a group any more.
    ///
    /// @param configIndex index, in the group's log, of the configuration without it; 0 when
    ///   unknown
    record RemoveMember(GroupId group, NodeId node, long configIndex, UnknownFields unknown)
            implements RoutingChange {
        public RemoveMember {
            GroupInfo.requireNotNegative("configuration index", configIndex);
        }

        /// An entry of this build's making.
        public RemoveMember(GroupId group, NodeId node, long configIndex) {
            this(group, node, configIndex, UnknownFields.NONE);
        }
    }

    /// A group's whole configuration.
    ///
    /// @param configIndex index, in the group's log, of that configuration; at least 1
    /// @param outgoing who voted before, while the group goes over from one to the other; empty
    ///   otherwise
    record ReportConfiguration(
            GroupId group,
            long configIndex,
            List<Member> voters,
            List<Member> outgoing,
            List<Member> learners,
            UnknownFields unknown)
            implements RoutingChange {
        public ReportConfiguration {
            voters = GroupInfo.distinct(group, voters);
            outgoing = GroupInfo.distinct(group, outgoing);
            learners = GroupInfo.distinct(group, learners, GroupInfo.LISTENERS_MAX);
            if (voters.isEmpty()) {
                throw new IllegalArgumentException(group + " needs at least one voter");
            }
            if (configIndex < 1) {
                throw new IllegalArgumentException(
                        "the configuration of " + group + " needs its log index, at least 1");
            }
        }

        /// An entry of this build's making.
        public ReportConfiguration(
                GroupId group,
                long configIndex,
                List<Member> voters,
                List<Member> outgoing,
                List<Member> learners) {
            this(group, configIndex, voters, outgoing, learners, UnknownFields.NONE);
        }
    }

    /// A replica has lost data and never votes again (rule R7): it must be replaced by a new one.
    record ReportQuarantine(GroupId group, Member member, UnknownFields unknown)
            implements RoutingChange {
        /// An entry of this build's making.
        public ReportQuarantine(GroupId group, Member member) {
            this(group, member, UnknownFields.NONE);
        }
    }
}
