package dev.quorate.storage;

import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/// Which groups hold more of the journal than one group may (rule R9). A group is over its share
/// from [JournalOptions#shareBytes()] on, until it holds three quarters of that.
public final class Shares {
    /// That a group holds too much, or does not any more.
    public record Change(GroupId group, boolean isOver) {}

    private final long shareBytes;
    private final TreeSet<GroupId> over = new TreeSet<>();
    private List<Change> changes = new ArrayList<>();

    Shares(JournalOptions options, Collection<ReplicaLog> logs) {
        shareBytes = options.shareBytes();
        logs.forEach(this::look);
    }

    /// Something was written for the group.
    void look(ReplicaLog log) {
        long bytes = log.entryBytes();
        if (bytes > shareBytes && over.add(log.group())) {
            changes.add(new Change(log.group(), true));
        } else if (bytes <= shareBytes / 4 * 3 && over.remove(log.group())) {
            changes.add(new Change(log.group(), false));
        }
    }

    /// What has changed since this was last asked.
    List<Change> takeChanges() {
        if (changes.isEmpty()) {
            return List.of();
        }
        List<Change> taken = changes;
        changes = new ArrayList<>();
        return taken;
    }
}
