package dev.quorate.storage;

import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which segments make up the journal, oldest first, and where each one's records end. Read-only.
///
/// Each header names the segment before it and where that ends, all forced before the header was
/// written. So only the newest segment is searched for its end, and only what lies past the
/// greatest forced position stated anywhere in it may be a torn tail (rule R5).
///
/// @param links the segments that count; empty for a new journal
/// @param newestForced the greatest forced position that the newest segment states, in bytes
/// @param newestHasContent whether the newest segment says anything about a group
/// @param leftovers files of segments that count no more
record SegmentChain(
        List<Link> links, long newestForced, boolean newestHasContent, List<String> leftovers) {
    private static final String SUFFIX = ".segment";

    /// One segment.
    ///
    /// @param end where its records end, in bytes
    record Link(SegmentHeader header, long end) {
        String file() {
            return Segment.fileName(header.sequence());
        }

        SegmentScan scan(Disk disk) {
            return new SegmentScan(disk, file(), header.seed(), Segment.HEADER_BYTES, end);
        }
    }

    /// What the newest segment holds.
    private record Tail(long end, long forced, boolean hasContent, long oldest) {}

    SegmentChain {
        links = List.copyOf(links);
        leftovers = List.copyOf(leftovers);
    }

    /// Reads the headers, and the newest segment.
    ///
    /// @throws JournalDamaged if a segment is missing, or damaged where it was forced
    static SegmentChain read(Disk disk) {
        TreeMap<Long, SegmentHeader> headers = headers(disk);
        if (headers.isEmpty()) {
            return new SegmentChain(List.of(), 0, false, List.of());
        }
        SegmentHeader newest = headers.lastEntry().getValue();
        Tail tail = tail(disk, newest);
        List<Link> links = new ArrayList<>();
        SegmentHeader header = newest;
        long end = tail.end;
        links.add(new Link(newest, end));
        headers.remove(newest.sequence());
        while (header.sequence() > tail.oldest) {
            end = header.previousEnd();
            long previous = header.previousSequence();
            header = headers.remove(previous);
            if (header == null) {
                throw new JournalDamaged(
                        Segment.fileName(previous), 0, List.of(), "the file is missing");
            }
            links.addFirst(new Link(header, end));
        }
        List<String> leftovers = headers.keySet().stream().map(Segment::fileName).toList();
        return new SegmentChain(links, tail.forced, tail.hasContent, leftovers);
    }

    /// Groups with records in a segment, before or after the damage, as far as they can be read.
    static List<GroupId> groupsIn(Disk disk, SegmentHeader header) {
        String file = Segment.fileName(header.sequence());
        long size = disk.size(file);
        SegmentScan scan = new SegmentScan(disk, file, header.seed(), Segment.HEADER_BYTES, size);
        TreeSet<GroupId> groups = new TreeSet<>();
        // stale bytes may look like headers of long records: checking them all could take for ever
        long checkableBytes = 8 * size;
        long at = Segment.HEADER_BYTES;
        while (at < size && checkableBytes > 0) {
            boolean found = scan.nextFrom(at);
            checkableBytes -= 8 + Math.max(0, scan.announcedHere());
            at += found ? scan.length() : 8;
            GroupId group = found ? readable(scan) : null;
            if (group != null) {
                groups.add(group);
            }
        }
        return List.copyOf(groups);
    }

    private static @Nullable GroupId readable(SegmentScan scan) {
        try {
            return scan.record().group();
        } catch (IllegalArgumentException _) {
            // a sound checksum over nonsense: it names no group
            return null;
        }
    }

    private static TreeMap<Long, SegmentHeader> headers(Disk disk) {
        TreeMap<Long, SegmentHeader> headers = new TreeMap<>();
        for (String file : disk.list()) {
            if (file.endsWith(SUFFIX)) {
                ByteBuffer bytes = ByteBuffer.allocate(Segment.HEADER_BYTES);
                disk.read(file, 0, bytes);
                SegmentHeader header = SegmentHeader.decode(bytes.flip());
                if (header == null || !Segment.fileName(header.sequence()).equals(file)) {
                    throw new JournalDamaged(file, 0, List.of(), "its header is not sound");
                }
                headers.put(header.sequence(), header);
            }
        }
        return headers;
    }

    private static Tail tail(Disk disk, SegmentHeader header) {
        String file = Segment.fileName(header.sequence());
        long size = disk.size(file);
        SegmentScan scan = new SegmentScan(disk, file, header.seed(), Segment.HEADER_BYTES, size);
        long forced = Segment.HEADER_BYTES;
        long oldest = header.oldestSequence();
        boolean hasContent = false;
        while (scan.next()) {
            switch (decode(disk, header, scan)) {
                case JournalRecord.Batch batch -> forced = statedIn(header, batch, forced);
                case JournalRecord.SegmentsRetired(long sequence) ->
                        oldest = Math.max(oldest, sequence);
                case JournalRecord.HardStateSet _,
                        JournalRecord.EntryAppended _,
                        JournalRecord.EntryCopied _,
                        JournalRecord.LogBegins _,
                        JournalRecord.ReplicaCreated _,
                        JournalRecord.InstallBegun _,
                        JournalRecord.ReplicasGone _,
                        JournalRecord.ReplicaQuarantined _ ->
                        hasContent = true;
            }
        }
        long end = scan.offset();
        requireTorn(disk, header, scan, end, size);
        return new Tail(end, forced, hasContent, oldest);
    }

    /// Batches land out of order, so a sound one after `end` proves nothing by itself; but one that
    /// says that `end` was forced before does.
    private static void requireTorn(
            Disk disk, SegmentHeader header, SegmentScan scan, long end, long size) {
        for (long at = end; at + RecordFormat.BATCH_BYTES <= size; at += 8) {
            scan.seek(at);
            if (scan.typeHere() == RecordFormat.BATCH
                    && scan.announcedHere() == RecordFormat.BATCH_BYTES
                    && scan.nextFrom(at)
                    && decode(disk, header, scan) instanceof JournalRecord.Batch batch
                    && statedIn(header, batch, 0) > end) {
                throw damaged(
                        disk, header, end, "a later batch states that this was already forced");
            }
        }
    }

    private static long statedIn(SegmentHeader header, JournalRecord.Batch batch, long otherwise) {
        return batch.forcedSequence() == header.sequence()
                ? Math.max(batch.forcedOffset(), otherwise)
                : otherwise;
    }

    private static JournalRecord decode(Disk disk, SegmentHeader header, SegmentScan scan) {
        try {
            return scan.record();
        } catch (IllegalArgumentException e) {
            throw damaged(disk, header, scan.offset(), "sound checksum, but " + e.getMessage());
        }
    }

    /// What to throw about a place in a segment.
    static JournalDamaged damaged(Disk disk, SegmentHeader header, long offset, String cause) {
        String file = Segment.fileName(header.sequence());
        return new JournalDamaged(file, offset, groupsIn(disk, header), cause);
    }
}
