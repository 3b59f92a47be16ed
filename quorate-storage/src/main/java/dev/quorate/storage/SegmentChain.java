package dev.quorate.storage;

import dev.quorate.storage.SegmentWalk.End;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which segments make up the journal, oldest first, and where each one's records end. Read-only.
///
/// Each header names the segment before it and where that ends, all forced before the header was
/// written. So only the newest segment is searched for its end, and only what lies past the
/// greatest forced position stated anywhere in it may be a torn tail (rule R5).
///
/// @param links the segments that count, missing ones included; empty for a new journal
/// @param newestForced the greatest forced position that the newest segment states, in bytes
/// @param newestHasContent whether the newest segment says anything about a group
/// @param leftovers files of segments that count no more
record SegmentChain(
        List<Link> links, long newestForced, boolean newestHasContent, List<String> leftovers) {
    private static final String SUFFIX = ".segment";
    private static final long UNKNOWN = -1;

    /// One segment.
    ///
    /// @param end where its records end, in bytes; if that is not known, the size of the file
    /// @param problem what is wrong with the segment as a whole; null if nothing is
    record Link(SegmentHeader header, long end, End kind, @Nullable String problem) {
        String file() {
            return Segment.fileName(header.sequence());
        }

        boolean isMissing() {
            return kind == End.LOST && end < 0;
        }

        SegmentWalk walk(Disk disk) {
            return new SegmentWalk(disk, header, end, kind, 0);
        }
    }

    /// Whose journal it is.
    private record Owner(ClusterId cluster, NodeId node) {
        /// Stands in for a header that cannot be read.
        SegmentHeader header(long sequence) {
            return new SegmentHeader(cluster, node, sequence, UNKNOWN, UNKNOWN, 1, UNKNOWN);
        }
    }

    /// What the newest segment holds.
    private static final class Tail implements SegmentWalk.Visitor {
        private final SegmentHeader header;
        private long forced = Segment.HEADER_BYTES;
        private long oldest;
        private boolean hasContent;
        private boolean hasLostEnd;
        private long end;

        Tail(Disk disk, SegmentHeader header, End kind, long knownForced) {
            this.header = header;
            oldest = header.oldestSequence();
            long size = disk.size(Segment.fileName(header.sequence()));
            end = new SegmentWalk(disk, header, size, kind, knownForced).walk(this);
        }

        @Override
        public void record(SegmentScan scan, JournalRecord record) {
            switch (record) {
                case JournalRecord.Batch(long sequence, long offset) -> {
                    if (sequence == header.sequence()) {
                        forced = Math.max(forced, offset);
                    }
                }
                case JournalRecord.SegmentsRetired(long sequence) ->
                        oldest = Math.max(oldest, sequence);
                default -> hasContent |= record.group() != null;
            }
        }

        @Override
        public void gap(long from, long to, String cause) {
            hasContent = true;
            hasLostEnd |= to == from;
        }
    }

    SegmentChain {
        links = List.copyOf(links);
        leftovers = List.copyOf(leftovers);
    }

    /// Reads the headers, and the newest segment.
    ///
    /// @param options whose journal it should be; null if that is to be found out
    /// @throws Disk.StorageFailure if a file is no part of a journal, or no header can be read
    static SegmentChain read(Disk disk, @Nullable JournalOptions options, Anchor anchor) {
        TreeMap<Long, SegmentHeader> sound = new TreeMap<>();
        TreeSet<Long> found = new TreeSet<>();
        headers(disk, sound, found);
        long anchored = anchor.sequence();
        if (found.isEmpty() && anchored == 0) {
            return new SegmentChain(List.of(), 0, false, List.of());
        }
        Owner owner = owner(options, sound);
        if (found.isEmpty()) {
            Link lost = missing(owner.header(anchored), "all segments are missing");
            return new SegmentChain(List.of(lost), 0, true, List.of());
        }
        SegmentHeader newest = sound.get(found.last());
        SegmentHeader last = newest == null ? owner.header(found.last()) : newest;
        Tail tail = new Tail(disk, last, End.TORN, anchor.forcedIn(last.sequence()));
        long oldest = newest == null ? oldestOf(disk, sound, tail) : tail.oldest;
        List<Link> links = new ArrayList<>();
        boolean isCut = tail.hasLostEnd;
        links.add(new Link(last, tail.end, isCut ? End.LOST : End.KNOWN, problemOf(disk, newest)));
        found.removeLast();
        addEarlier(disk, owner, oldest, sound, found, links);
        boolean whole = links.stream().allMatch(link -> link.problem == null);
        if (anchored > tail.header.sequence()) {
            links.add(missing(owner.header(anchored), "the newest segment is missing"));
        }
        List<String> leftovers =
                (whole ? found : found.headSet(oldest)).stream().map(Segment::fileName).toList();
        return new SegmentChain(links, tail.forced, tail.hasContent, leftovers);
    }

    /// What to throw about a place in a segment.
    static JournalDamaged damaged(Disk disk, SegmentHeader header, long offset, String cause) {
        String file = Segment.fileName(header.sequence());
        return new JournalDamaged(file, offset, groupsIn(disk, header), cause);
    }

    /// Groups with records in a segment, before or after damage, as far as they can be read.
    private static List<GroupId> groupsIn(Disk disk, SegmentHeader header) {
        TreeSet<GroupId> groups = new TreeSet<>();
        long size = disk.size(Segment.fileName(header.sequence()));
        new SegmentWalk(disk, header, size, End.LOST, 0)
                .walk(
                        new SegmentWalk.Visitor() {
                            @Override
                            public void record(SegmentScan scan, JournalRecord record) {
                                GroupId group = record.group();
                                if (group != null) {
                                    groups.add(group);
                                }
                            }

                            @Override
                            public void gap(long from, long to, String cause) {
                                // it names no group
                            }
                        });
        return List.copyOf(groups);
    }

    /// Follows the headers from the first of `links` to the oldest segment that is needed.
    private static void addEarlier(
            Disk disk,
            Owner owner,
            long oldest,
            TreeMap<Long, SegmentHeader> sound,
            TreeSet<Long> found,
            List<Link> links) {
        SegmentHeader later = links.getFirst().header;
        while (later.sequence() > oldest) {
            long sequence = later.previousSequence();
            if (sequence == UNKNOWN) {
                Long below = found.lower(later.sequence());
                sequence = below == null ? oldest : below;
            }
            if (sequence < oldest || sequence >= later.sequence()) {
                return;
            }
            SegmentHeader header = sound.get(sequence);
            boolean isSound = header != null;
            header = header == null ? owner.header(sequence) : header;
            if (found.remove(sequence)) {
                long end = later.previousEnd();
                long size = disk.size(Segment.fileName(sequence));
                String problem = problemOf(disk, isSound ? header : null);
                links.addFirst(
                        end == UNKNOWN
                                ? new Link(header, size, End.LOST, problem)
                                : new Link(header, end, End.KNOWN, problem));
            } else {
                links.addFirst(missing(header, "the file is missing"));
            }
            later = header;
        }
    }

    private static Link missing(SegmentHeader header, String problem) {
        return new Link(header, UNKNOWN, End.LOST, problem);
    }

    private static @Nullable String problemOf(Disk disk, @Nullable SegmentHeader header) {
        if (header == null) {
            return "its header is not sound";
        }
        long size = disk.size(Segment.fileName(header.sequence()));
        return size == header.fileBytes()
                ? null
                : "the file has %d bytes, it had %d".formatted(size, header.fileBytes());
    }

    /// The newest header would have said which segments are dead; the records of the segment before
    /// it do, too.
    private static long oldestOf(Disk disk, TreeMap<Long, SegmentHeader> sound, Tail tail) {
        long oldest = tail.oldest;
        for (SegmentHeader header : sound.values()) {
            oldest = Math.max(oldest, header.oldestSequence());
        }
        Map.Entry<Long, SegmentHeader> before = sound.lastEntry();
        if (before != null) {
            oldest = Math.max(oldest, new Tail(disk, before.getValue(), End.LOST, 0).oldest);
        }
        return oldest;
    }

    private static Owner owner(
            @Nullable JournalOptions options, TreeMap<Long, SegmentHeader> sound) {
        if (options != null) {
            return new Owner(options.cluster(), options.node());
        }
        if (sound.isEmpty()) {
            throw new Disk.StorageFailure(
                    "no segment's header can be read: it is not known whose journal this is");
        }
        SegmentHeader header = sound.lastEntry().getValue();
        return new Owner(header.cluster(), header.node());
    }

    private static void headers(
            Disk disk, TreeMap<Long, SegmentHeader> sound, TreeSet<Long> found) {
        for (String file : disk.list()) {
            if (file.endsWith(SUFFIX)) {
                long sequence = sequenceOf(file);
                ByteBuffer bytes = ByteBuffer.allocate(Segment.HEADER_BYTES);
                disk.read(file, 0, bytes);
                SegmentHeader header = SegmentHeader.decode(bytes.flip());
                found.add(sequence);
                if (header != null && header.sequence() == sequence) {
                    sound.put(sequence, header);
                }
            }
        }
    }

    private static long sequenceOf(String file) {
        try {
            String digits = file.substring(0, file.length() - SUFFIX.length());
            long sequence = Long.parseUnsignedLong(digits, 16);
            if (sequence > 0 && Segment.fileName(sequence).equals(file)) {
                return sequence;
            }
        } catch (NumberFormatException _) {
            // no name of a segment: see below
        }
        throw new Disk.StorageFailure("what is the file " + file + " in the journal?");
    }
}
