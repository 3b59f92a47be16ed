package dev.quorate.storage;

import dev.quorate.core.StoredReplica;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What a journal holds, for people who inspect it. Reading one changes nothing; a journal that is
/// in use may be read too, but may then look torn.
///
/// @param segments oldest first; as far as they could be read
/// @param groups what the segments hold of each group, by group id
/// @param replicas what a node would find if it started now
/// @param gone replicas that may never come back
/// @param damages what is missing or wrong; a start would put the replicas of those groups in
///   quarantine
public record JournalReport(
        List<SegmentReport> segments,
        List<GroupReport> groups,
        List<StoredReplica> replicas,
        List<GoneReplica> gone,
        List<JournalDamage> damages) {
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
        gone = List.copyOf(gone);
        damages = List.copyOf(damages);
    }

    /// Verifies a journal as a start would, and counts.
    ///
    /// @throws Disk.StorageFailure if the disk reports an error, or what is there is no journal
    public static JournalReport of(Disk disk) {
        SegmentChain chain = SegmentChain.read(disk, null, Anchor.open(disk));
        List<SegmentReport> segments = new ArrayList<>();
        TreeMap<GroupId, GroupReport> groups = new TreeMap<>();
        for (SegmentChain.Link link : chain.links()) {
            if (!link.isMissing()) {
                segments.add(count(disk, link, groups));
            }
        }
        Replay.Result found = found(disk, chain);
        return new JournalReport(
                segments,
                List.copyOf(groups.values()),
                found.stored(),
                found.gone(),
                found.damages());
    }

    /// Hands over every record that can be read, in the order in which they were written.
    ///
    /// @throws Disk.StorageFailure if the disk reports an error, or what is there is no journal
    public static void dump(Disk disk, Consumer<Line> to) {
        for (SegmentChain.Link link : SegmentChain.read(disk, null, Anchor.open(disk)).links()) {
            if (!link.isMissing()) {
                walk(disk, link, to);
            }
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
        link.walk(disk)
                .walk(
                        new SegmentWalk.Visitor() {
                            @Override
                            public void record(SegmentScan scan, JournalRecord record) {
                                to.accept(
                                        new Line(
                                                link.file(), scan.offset(), scan.length(), record));
                            }

                            @Override
                            public void gap(long from, long to, String cause) {
                                // told as damage by the report
                            }
                        });
    }

    private static Replay.Result found(Disk disk, SegmentChain chain) {
        if (chain.links().isEmpty()) {
            return new Replay.Result(List.of(), List.of(), List.of(), List.of());
        }
        SegmentHeader header = chain.links().getLast().header();
        JournalOptions options = JournalOptions.of(header.cluster(), header.node());
        return Recovery.replay(disk, chain, new SegmentTable(disk, options, Anchor.open(disk)))
                .result();
    }
}
