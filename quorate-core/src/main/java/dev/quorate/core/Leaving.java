package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Raft;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// When a replica's time here is over, and those that have left but of which the lanes still speak.
final class Leaving {
    private final Map<GroupId, HostedGroup> lasts = new HashMap<>();

    /// A replica has left.
    void add(HostedGroup group) {
        lasts.put(group.id(), group);
    }

    /// The last replica of the group that has left; null for none.
    @Nullable HostedGroup of(GroupId group) {
        return lasts.get(group);
    }

    /// Whether no completion comes any more of the last one; then it is forgotten.
    boolean isOver(GroupId group) {
        HostedGroup last = lasts.get(group);
        if (last != null && !last.isSettled()) {
            return false;
        }
        lasts.remove(group);
        return true;
    }

    /// Whether a replica is gone for good: group 0 says so, and its end was decided by the group's
    /// own log, as far as this replica or group 0 knows it. A tombstone alone is only a wish: group
    /// 0 hears of configurations late, and the group may have taken the replica in before.
    static boolean isGone(HostedGroup hosted, GroupInfo info) {
        return isGone(hosted.raft(), hosted.record().self(), info);
    }

    static boolean isGone(Raft raft, ReplicaId self, GroupInfo info) {
        boolean decided = raft.configurationIsCommitted() && !raft.configuration().contains(self);
        boolean reported =
                info.configIndex() >= raft.configurationIndex()
                        && info.configuration().all().stream()
                                .noneMatch(member -> member.replica().equals(self));
        return info.isGone(self) && (raft.isRemoved() || decided || reported);
    }
}
