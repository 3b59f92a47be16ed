package dev.quorate.storage;

import dev.quorate.core.StoredReplica;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Rebuilds from the records, in the order they were written, what was known when the journal was
/// last written.
final class Replay {
    private final SegmentTable segments;
    private final TreeMap<GroupId, ReplayedGroup> groups = new TreeMap<>();

    Replay(SegmentTable segments) {
        this.segments = segments;
    }

    /// Takes the next record.
    ///
    /// @throws IllegalArgumentException if it cannot follow what came before
    void add(JournalRecord record, long location) {
        GroupId group = record.group();
        if (group != null) {
            groups.computeIfAbsent(group, ReplayedGroup::new).add(record, location, segments);
        }
    }

    /// All replicas, by group id.
    ///
    /// @throws IllegalArgumentException if the records leave a hole, naming it
    List<StoredReplica> stored() {
        List<StoredReplica> stored = new ArrayList<>(groups.size());
        for (ReplayedGroup group : groups.values()) {
            StoredReplica replica = group.stored();
            if (replica != null) {
                stored.add(replica);
            }
        }
        return stored;
    }

    /// The replicas that were here and may never come back, by group and replica id.
    List<GoneReplica> gone() {
        List<GoneReplica> gone = new ArrayList<>();
        groups.values().forEach(group -> gone.addAll(group.gone()));
        return gone;
    }

    /// Where the records lie, per group.
    Map<GroupId, ReplicaLog> logs() {
        Map<GroupId, ReplicaLog> logs = new HashMap<>();
        groups.forEach((id, group) -> logs.put(id, group.settled()));
        return logs;
    }
}
