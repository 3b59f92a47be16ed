package dev.quorate.storage;

import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Opens what an earlier life left: verifies it, makes what was found durable, and starts a new
/// segment, so that nothing is ever written behind a torn tail.
///
/// @param found what the records say, and what is missing
record Recovery(SegmentTable segments, Map<GroupId, ReplicaLog> logs, Replay.Result found) {
    private static final String EVIDENCE_SUFFIX = ".damaged";
    private static final int EVIDENCE_MAX = 2;
    private static final int REWRITE_BYTES = 1 << 16;

    /// Reads every record of the journal.
    ///
    /// @throws Disk.DiskFull if there is no room for a segment, and none to go on in
    static Recovery of(Disk disk, JournalOptions options) {
        Anchor anchor = Anchor.open(disk);
        SegmentChain chain = SegmentChain.read(disk, options, anchor);
        SegmentTable segments = new SegmentTable(disk, options, anchor);
        for (SegmentChain.Link link : chain.links()) {
            requireOurs(link, options);
        }
        Replay replay = replay(disk, chain, segments);
        Replay.Result found = replay.result();
        Map<GroupId, ReplicaLog> logs = replay.logs();
        keepEvidence(disk, found.damages());
        settleTail(disk, chain);
        start(disk, chain, segments);
        return new Recovery(segments, logs, found);
    }

    /// Verifies every record, and gathers what they say. Changes nothing on the disk.
    static Replay replay(Disk disk, SegmentChain chain, SegmentTable segments) {
        Replay replay = new Replay(segments);
        SegmentChain.Link newest = newest(chain);
        for (SegmentChain.Link link : chain.links()) {
            Segment segment = new Segment(link.header());
            if (!link.isMissing() && (!link.equals(newest) || chain.newestHasContent())) {
                segments.adopt(segment);
            }
            segment.end(replay.read(disk, link, segment));
        }
        return replay;
    }

    /// The newest segment that is there; null if none is.
    private static SegmentChain.@Nullable Link newest(SegmentChain chain) {
        return chain.links().reversed().stream()
                .filter(link -> !link.isMissing())
                .findFirst()
                .orElse(null);
    }

    /// Puts copies of damaged segments aside, for people who want to know how it came to that. It
    /// is no loss if there is no room for them.
    static void keepEvidence(Disk disk, List<JournalDamage> damages) {
        TreeSet<String> files = new TreeSet<>();
        damages.forEach(damage -> files.add(damage.segment()));
        for (String file : files) {
            String copy = file + EVIDENCE_SUFFIX;
            long kept = disk.list().stream().filter(f -> f.endsWith(EVIDENCE_SUFFIX)).count();
            long size = disk.size(file);
            if (size < 0 || kept >= EVIDENCE_MAX || disk.size(copy) >= 0) {
                continue;
            }
            try {
                disk.preallocate(copy, size);
                copy(disk, file, copy, size);
            } catch (Disk.DiskFull _) {
                return;
            }
        }
    }

    private static void copy(Disk disk, String from, String to, long size) {
        for (long at = 0; at < size; at += REWRITE_BYTES) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(REWRITE_BYTES, size - at));
            disk.read(from, at, bytes);
            disk.write(to, at, bytes.flip());
        }
        disk.force(to);
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

    /// Makes durable what was read past the forced position. It is written again first: if a force
    /// failed in an earlier life, the kernel may hold pages as clean that never reached the disk.
    private static void settleTail(Disk disk, SegmentChain chain) {
        SegmentChain.Link newest = newest(chain);
        if (newest == null) {
            return;
        }
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
        provideAnchor(segments.anchor(), chain);
        SegmentChain.Link newest = newest(chain);
        long sequence =
                chain.links().isEmpty() ? 1 : chain.links().getLast().header().sequence() + 1;
        if (newest == null) {
            segments.start(null, sequence);
            return;
        }
        try {
            segments.provide(1);
        } catch (Disk.DiskFull full) {
            if (!newest.equals(chain.links().getLast())) {
                throw full; // the one to go on in is not the last one that there was
            }
            goOnInNewest(disk, chain, newest, segments, full);
            return;
        }
        segments.start(segments.isEmpty() ? null : segments.current(), sequence);
        if (!chain.newestHasContent()) {
            segments.recycle(newest.file());
            disk.forceNames();
        }
    }

    /// A new journal needs one; an old one does without while the disk is full.
    private static void provideAnchor(Anchor anchor, SegmentChain chain) {
        try {
            anchor.provide();
        } catch (Disk.DiskFull full) {
            if (chain.links().isEmpty()) {
                throw full;
            }
        }
    }

    /// On a full disk: overwrites what was cut, so that it cannot come back, and goes on there.
    private static void goOnInNewest(
            Disk disk,
            SegmentChain chain,
            SegmentChain.Link newest,
            SegmentTable segments,
            Disk.DiskFull full) {
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
