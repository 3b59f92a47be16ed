package dev.quorate.storage;

import dev.quorate.core.StoredReplica;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Rebuilds from the records, in the order they were written, what was known when the journal was
/// last written; and, where something is damaged, who has lost something by it.
///
/// Behind damage a group is under suspicion until it is proved whole: by its next record, which
/// must have the next number, or by an account (see [Accounts]). What is not proved is lost (rule
/// R7).
final class Replay {
    private final SegmentTable segments;
    private final TreeMap<GroupId, ReplayedGroup> groups = new TreeMap<>();
    private final List<Damage> damages = new ArrayList<>();

    /// A place where something is missing.
    private record Damage(
            String file, long sequence, long offset, String cause, TreeSet<GroupId> groups) {
        boolean isBefore(long otherSequence, long otherOffset) {
            return sequence < otherSequence || (sequence == otherSequence && offset < otherOffset);
        }

        JournalDamage told() {
            return new JournalDamage(file, offset, List.copyOf(groups), cause);
        }
    }

    /// A replica that has lost something.
    ///
    /// @param replica null if even its id is lost
    record Lost(GroupId group, @Nullable ReplicaId replica, JournalDamage damage) {}

    /// What came of it.
    ///
    /// @param stored the replicas whose records are whole, by group id
    /// @param lost the others
    /// @param gone those that may never come back, by group and replica id
    record Result(
            List<StoredReplica> stored,
            List<Lost> lost,
            List<GoneReplica> gone,
            List<JournalDamage> damages) {}

    Replay(SegmentTable segments) {
        this.segments = segments;
    }

    /// Reads a segment.
    ///
    /// @return where its records end, in bytes
    long read(Disk disk, SegmentChain.Link link, Segment segment) {
        String problem = link.problem();
        if (problem != null) {
            damaged(link, 0, problem);
        }
        if (link.isMissing()) {
            return Segment.HEADER_BYTES;
        }
        return link.walk(disk)
                .walk(
                        new SegmentWalk.Visitor() {
                            @Override
                            public void record(SegmentScan scan, JournalRecord record) {
                                add(link, scan, record);
                            }

                            @Override
                            public void gap(long from, long to, String cause) {
                                segment.gap(from, to);
                                damaged(link, from, cause);
                            }
                        });
    }

    /// Judges who has lost something.
    Result result() {
        List<StoredReplica> stored = new ArrayList<>(groups.size());
        List<Lost> lost = new ArrayList<>();
        List<GoneReplica> gone = new ArrayList<>();
        for (ReplayedGroup group : groups.values()) {
            try {
                StoredReplica replica = group.stored();
                if (replica != null && isWhole(group)) {
                    stored.add(replica);
                }
            } catch (IllegalArgumentException hole) {
                lose(group, String.valueOf(hole.getMessage()));
            }
            gone.addAll(group.gone());
        }
        for (ReplayedGroup group : groups.values()) {
            if (!isWhole(group)) {
                Damage damage = damages.get(group.verified());
                damage.groups.add(group.id());
                lost.add(new Lost(group.id(), group.replica(), damage.told()));
            }
        }
        return new Result(stored, lost, gone, damages.stream().map(Damage::told).toList());
    }

    /// Where the records lie, per group.
    Map<GroupId, ReplicaLog> logs() {
        Map<GroupId, ReplicaLog> logs = new HashMap<>();
        groups.forEach((id, group) -> logs.put(id, group.settled(segments, isWhole(group))));
        return logs;
    }

    private boolean isWhole(ReplayedGroup group) {
        return group.verified() == damages.size();
    }

    private void damaged(SegmentChain.Link link, long offset, String cause) {
        damages.add(
                new Damage(link.file(), link.header().sequence(), offset, cause, new TreeSet<>()));
        // a group that was whole up to here is under suspicion now, all others stay lost
    }

    private void add(SegmentChain.Link link, SegmentScan scan, JournalRecord record) {
        if (record instanceof JournalRecord.Account account) {
            account(account);
            return;
        }
        GroupId id = record.group();
        if (id == null) {
            return;
        }
        ReplayedGroup group = groups.computeIfAbsent(id, ReplayedGroup::new);
        verify(group, record, scan.ordinal());
        long location = Location.pack(link.header().sequence(), scan.offset(), scan.length());
        try {
            group.add(record, location, segments);
        } catch (IllegalArgumentException e) {
            lose(group, String.valueOf(e.getMessage()));
        }
    }

    private void verify(ReplayedGroup group, JournalRecord record, int ordinal) {
        boolean follows = !group.isSeen() ? damages.isEmpty() : ordinal == group.ordinal() + 1;
        if (voidsAll(record)) {
            group.verified(damages.size(), ordinal);
        } else if (follows && !group.isLost()) {
            group.verified(damages.size(), ordinal);
        } else {
            lose(group, "records of " + group.id() + " are missing");
            group.ordinal(ordinal);
        }
    }

    private void account(JournalRecord.Account account) {
        TreeMap<GroupId, JournalRecord.Account.Line> lines = new TreeMap<>();
        for (JournalRecord.Account.Line line : account.lines()) {
            lines.put(new GroupId(line.group()), line);
        }
        lines.forEach((id, line) -> account(id, line));
        if (damages.isEmpty()) {
            return;
        }
        for (ReplayedGroup group : groups.values()) {
            long id = group.id().value();
            boolean unlisted =
                    id >= account.firstGroup()
                            && id <= account.lastGroup()
                            && !lines.containsKey(group.id());
            if (unlisted && !isWhole(group) && !group.isLost() && group.isSeen()) {
                Damage first = damages.get(group.verified());
                if (!first.isBefore(account.fromSequence(), account.fromOffset())) {
                    group.verified(damages.size(), group.ordinal());
                }
            }
        }
    }

    private void account(GroupId id, JournalRecord.Account.Line line) {
        ReplayedGroup group = groups.get(id);
        boolean isSeen = group != null && group.isSeen();
        group = groups.computeIfAbsent(id, ReplayedGroup::new);
        if (!isSeen && damages.isEmpty()) {
            // what is needed of it was copied, and comes later
            group.verified(0, line.ordinal());
        } else if (isSeen && line.ordinal() == group.ordinal()) {
            if (!group.isLost()) {
                group.verified(damages.size(), line.ordinal());
            }
        } else {
            lose(group, "records of " + id + " are missing");
            group.ordinal(line.ordinal());
        }
        if (line.replica() > 0) {
            group.hosts(new ReplicaId(line.replica()));
        }
    }

    /// The group has lost something, by damage that was seen, or else by damage that only shows by
    /// this.
    private void lose(ReplayedGroup group, String otherwise) {
        if (group.isLost()) {
            return;
        }
        if (isWhole(group)) {
            Segment oldest = segments.oldest();
            damages.add(
                    new Damage(oldest.file(), oldest.sequence(), 0, otherwise, new TreeSet<>()));
            groups.values().forEach(other -> skip(other, group));
        }
        group.lose();
    }

    /// Damage that concerns one group does not make the others suspicious.
    private void skip(ReplayedGroup other, ReplayedGroup lost) {
        if (other != lost && other.verified() == damages.size() - 1) {
            other.verified(damages.size(), other.ordinal());
        }
    }

    private static boolean voidsAll(JournalRecord record) {
        return switch (record) {
            case JournalRecord.ReplicaCreated(var _, var before) ->
                    before == JournalRecord.Before.VOID;
            case JournalRecord.ReplicasGone(var _, var _, var before) ->
                    before == JournalRecord.Before.VOID;
            case JournalRecord.ReplicaQuarantined(var _, var _, var _, var before) ->
                    before == JournalRecord.Before.VOID;
            default -> false;
        };
    }
}
