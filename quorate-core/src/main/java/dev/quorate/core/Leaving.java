package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Raft;
import dev.quorate.types.ReplicaId;

/// When a replica's time here is over. A pure function of what its own log and group 0 say.
final class Leaving {
    private Leaving() {}

    /// Whether a replica is gone for good: group 0 says so, and its end was decided by the group's
    /// own log, as far as this replica or group 0 knows it. A tombstone alone is only a wish: group
    /// 0 hears of configurations late, and the group may have taken the replica in before.
    static boolean isGone(HostedGroup hosted, GroupInfo info) {
        Raft raft = hosted.raft();
        ReplicaId self = hosted.record().self();
        boolean decided = raft.configurationIsCommitted() && !raft.configuration().contains(self);
        boolean reported =
                info.configIndex() >= raft.configurationIndex()
                        && info.configuration().all().stream()
                                .noneMatch(member -> member.replica().equals(self));
        return info.isGone(self) && (hosted.isRemoved() || decided || reported);
    }
}
