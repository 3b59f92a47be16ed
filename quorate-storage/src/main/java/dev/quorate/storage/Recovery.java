package dev.quorate.storage;

import dev.quorate.core.StoredReplica;
import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/// Opens what an earlier life left: verifies it, makes what was found durable, and starts a new
/// segment, so that nothing is ever written behind a torn tail.
///
/// @param stored what was found, by group id
/// @param gone what was here once, by group and replica id
record Recovery(
        SegmentTable segments,
        Map<GroupId, ReplicaLog> logs,
        List<StoredReplica> stored,
        List<GoneReplica> gone) {
    private static final int REWRITE_BYTES = 1 << 16;

    /// Reads every record of the journal.
    ///
    /// @throws JournalDamaged if something is missing that was once forced
    /// @throws Disk.DiskFull if there is no room for a segment, and none to go on in
    static Recovery of(Disk disk, JournalOptions options) {
        SegmentChain chain = SegmentChain.read(disk);
        SegmentTable segments = new SegmentTable(disk, options);
        for (SegmentChain.Link link : chain.links()) {
            requireOurs(link, options);
        }
        Replay replay = replay(disk, chain, segments);
        List<StoredReplica> stored = stored(disk, chain, replay);
        settleTail(disk, chain);
        start(disk, chain, segments);
        return new Recovery(segments, replay.logs(), stored, replay.gone());
    }

    /// Verifies every record, and gathers what they say. Changes nothing on the disk.
    ///
    /// @throws JournalDamaged if something is missing that was once forced
    static Replay replay(Disk disk, SegmentChain chain, SegmentTable segments) {
        Replay replay = new Replay(segments);
        for (SegmentChain.Link link : chain.links()) {
            boolean last = link.equals(chain.links().getLast());
            if (!last || chain.newestHasContent()) {
                Segment segment = new Segment(link.header());
                segment.end(link.end());
                segments.adopt(segment);
            }
            replay(disk, link, replay);
        }
        return replay;
    }

    /// The replicas that the records describe.
    ///
    /// @throws JournalDamaged if they leave a hole
    static List<StoredReplica> stored(Disk disk, SegmentChain chain, Replay replay) {
        try {
            return replay.stored();
        } catch (IllegalArgumentException e) {
            throw SegmentChain.damaged(disk, chain.links().getFirst().header(), 0, e.toString());
        }
    }

    private static void requireOurs(SegmentChain.Link link, JournalOptions options) {
        SegmentHeader header = link.header();
        if (!header.cluster().equals(options.cluster()) || !header.node().equals(options.node())) {
            throw new Disk.StorageFailure(
                    "journal segment %s belongs to %s of cluster %s, not to %s of cluster %s"
                            .formatted(
                                    link.file(),
                                    header.node(),
                                    header.cluster(),
                                    options.node(),
                                    options.cluster()));
        }
    }

    private static void replay(Disk disk, SegmentChain.Link link, Replay replay) {
        SegmentScan scan = link.scan(disk);
        try {
            while (scan.next()) {
                long sequence = link.header().sequence();
                replay.add(scan.record(), Location.pack(sequence, scan.offset(), scan.length()));
            }
        } catch (IllegalArgumentException e) {
            throw SegmentChain.damaged(disk, link.header(), scan.offset(), e.toString());
        }
        if (scan.offset() != link.end()) {
            throw SegmentChain.damaged(
                    disk,
                    link.header(),
                    scan.offset(),
                    "records go on to offset " + link.end() + ", but none is readable here");
        }
    }

    /// Makes durable what was read past the forced position. It is written again first: if a force
    /// failed in an earlier life, the kernel may hold pages as clean that never reached the disk.
    private static void settleTail(Disk disk, SegmentChain chain) {
        if (chain.links().isEmpty()) {
            return;
        }
        SegmentChain.Link newest = chain.links().getLast();
        long at = Math.min(chain.newestForced(), newest.end());
        while (at < newest.end()) {
            ByteBuffer bytes =
                    ByteBuffer.allocate((int) Math.min(REWRITE_BYTES, newest.end() - at));
            int read = disk.read(newest.file(), at, bytes);
            disk.write(newest.file(), at, bytes.flip());
            at += Math.max(read, 1);
        }
        disk.force(newest.file());
    }

    private static void start(Disk disk, SegmentChain chain, SegmentTable segments) {
        for (String file : disk.list()) {
            if (file.endsWith(SegmentTable.SPARE_SUFFIX)) {
                segments.adoptSpare(file);
            }
        }
        chain.leftovers().forEach(segments::recycle);
        disk.forceNames();
        if (chain.links().isEmpty()) {
            segments.start(null, 1);
            return;
        }
        SegmentChain.Link newest = chain.links().getLast();
        long sequence = newest.header().sequence() + 1;
        try {
            segments.provide(1);
        } catch (Disk.DiskFull full) {
            goOnInNewest(disk, chain, segments, full);
            return;
        }
        segments.start(segments.isEmpty() ? null : segments.current(), sequence);
        if (!chain.newestHasContent()) {
            segments.recycle(newest.file());
            disk.forceNames();
        }
    }

    /// On a full disk: overwrites what was cut, so that it cannot come back, and goes on there.
    private static void goOnInNewest(
            Disk disk, SegmentChain chain, SegmentTable segments, Disk.DiskFull full) {
        SegmentChain.Link newest = chain.links().getLast();
        long size = disk.size(newest.file());
        if (size != segments.segmentBytes()) {
            throw full;
        }
        for (long at = newest.end(); at < size; at += REWRITE_BYTES) {
            int length = (int) Math.min(REWRITE_BYTES, size - at);
            disk.write(newest.file(), at, ByteBuffer.allocate(length));
        }
        disk.force(newest.file());
        if (!chain.newestHasContent()) {
            Segment segment = new Segment(newest.header());
            segment.end(newest.end());
            segments.adopt(segment);
        }
    }
}
