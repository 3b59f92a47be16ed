package dev.quorate.placement;

import dev.quorate.metadata.MetadataEntry;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One change of where a group's replicas shall be: at most one comes and at most one goes.
///
/// @param members the group's new placement, preferred leader first
/// @param listeners who shall only listen; nobody but in group 0
/// @param from whose replica goes, or whose preference as leader; null when nobody's
/// @param to who gets a replica, or is preferred as leader; null when nobody
public record PlacementStep(
        GroupId group,
        List<Member> members,
        List<Member> listeners,
        Reason reason,
        @Nullable NodeId from,
        @Nullable NodeId to) {
    /// Why a step is taken, the most urgent first.
    public enum Reason {
        /// The replica has lost data (rule R7).
        QUARANTINED,
        /// The replica's node is lost, revoked or removed.
        LOST,
        /// The replica's node shall be emptied.
        DRAIN,
        /// The replica was on its way to a node that cannot take it any more.
        WITHDRAWN,
        /// The group has too few replicas.
        FILL,
        /// The group has too many replicas.
        TRIM,
        /// The group's replicas share a zone although they need not.
        SPREAD,
        /// A node has more than its share.
        BALANCE,
        /// A node is preferred as leader more often than others.
        LEADER,
        /// A node shall listen to group 0, or no longer.
        LISTEN,
    }

    public PlacementStep {
        members = List.copyOf(members);
        listeners = List.copyOf(listeners);
    }

    /// What to propose.
    public MetadataEntry.SetPlacement entry() {
        return new MetadataEntry.SetPlacement(group, members, listeners);
    }
}
