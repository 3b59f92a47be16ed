package dev.quorate.storage;

import dev.quorate.core.StoredReplica;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a journal holds, for people who inspect it. Reading one changes nothing; a journal that is
/// in use may be read too, but may then look torn.
///
/// @param segments oldest first; as far as they could be read
/// @param groups what the segments hold of each group, by group id
/// @param replicas what a node would find if it started now; empty if there is a problem
/// @param problem why a node would refuse to start; null if it would not
public record JournalReport(
        List<SegmentReport> segments,
        List<GroupReport> groups,
        List<StoredReplica> replicas,
        @Nullable JournalDamaged problem) {
    /// One segment.
    ///
    /// @param endBytes where its records end
    /// @param records how many there are, statements of the journal about itself included
    public record SegmentReport(
            String file, long sequence, long sizeBytes, long endBytes, long records) {}

    /// What is in the segments of one group, needed or not.
    public record GroupReport(GroupId group, long records, long recordBytes) {}

    /// One record and its place.
    public record Line(String segment, long offset, int lengthBytes, JournalRecord record) {}

    public JournalReport {
        segments = List.copyOf(segments);
        groups = List.copyOf(groups);
        replicas = List.copyOf(replicas);
    }

    /// Verifies a journal as a start would, and counts.
    ///
    /// @throws Disk.StorageFailure if the disk reports an error
    public static JournalReport of(Disk disk) {
        List<SegmentReport> segments = new ArrayList<>();
        TreeMap<GroupId, GroupReport> groups = new TreeMap<>();
        try {
            SegmentChain chain = SegmentChain.read(disk);
            for (SegmentChain.Link link : chain.links()) {
                segments.add(count(disk, link, groups));
            }
            return new JournalReport(
                    segments, List.copyOf(groups.values()), stored(disk, chain), null);
        } catch (JournalDamaged damage) {
            return new JournalReport(segments, List.copyOf(groups.values()), List.of(), damage);
        }
    }

    /// Hands over every record, in the order in which they were written.
    ///
    /// @throws JournalDamaged where the journal cannot be read on
    /// @throws Disk.StorageFailure if the disk reports an error
    public static void dump(Disk disk, Consumer<Line> to) {
        for (SegmentChain.Link link : SegmentChain.read(disk).links()) {
            walk(disk, link, to);
        }
    }

    private static SegmentReport count(
            Disk disk, SegmentChain.Link link, TreeMap<GroupId, GroupReport> groups) {
        long[] records = {0};
        walk(
                disk,
                link,
                line -> {
                    records[0]++;
                    GroupId group = line.record().group();
                    if (group != null) {
                        groups.merge(
                                group,
                                new GroupReport(group, 1, line.lengthBytes()),
                                JournalReport::sum);
                    }
                });
        return new SegmentReport(
                link.file(),
                link.header().sequence(),
                disk.size(link.file()),
                link.end(),
                records[0]);
    }

    private static GroupReport sum(GroupReport one, GroupReport other) {
        return new GroupReport(
                one.group, one.records + other.records, one.recordBytes + other.recordBytes);
    }

    private static void walk(Disk disk, SegmentChain.Link link, Consumer<Line> to) {
        SegmentScan scan = link.scan(disk);
        while (scan.next()) {
            try {
                to.accept(new Line(link.file(), scan.offset(), scan.length(), scan.record()));
            } catch (IllegalArgumentException e) {
                throw SegmentChain.damaged(disk, link.header(), scan.offset(), e.toString());
            }
        }
        if (scan.offset() != link.end()) {
            throw SegmentChain.damaged(
                    disk, link.header(), scan.offset(), "no readable record here");
        }
    }

    private static List<StoredReplica> stored(Disk disk, SegmentChain chain) {
        if (chain.links().isEmpty()) {
            return List.of();
        }
        SegmentHeader header = chain.links().getLast().header();
        JournalOptions options = JournalOptions.of(header.cluster(), header.node());
        Replay replay = Recovery.replay(disk, chain, new SegmentTable(disk, options));
        return Recovery.stored(disk, chain, replay);
    }
}
