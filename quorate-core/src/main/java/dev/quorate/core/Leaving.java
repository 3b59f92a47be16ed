package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Raft;

/// When a replica's time here is over. A pure function of what its own log and group 0 say.
final class Leaving {
    private Leaving() {}

    /// Whether a replica is gone for good: group 0 says so, and has heard of its end. It hears of
    /// configurations late, so a replica that knows of a newer one that names it knows better.
    static boolean isGone(HostedGroup hosted, GroupInfo info) {
        Raft raft = hosted.raft();
        boolean isCommitted =
                raft.configurationIsCommitted() || info.configIndex() >= raft.configurationIndex();
        boolean isOut = isCommitted && !raft.configuration().contains(hosted.record().self());
        return info.isGone(hosted.record().self())
                && (hosted.isRemoved() || isOut || info.configIndex() > raft.configurationIndex());
    }
}
