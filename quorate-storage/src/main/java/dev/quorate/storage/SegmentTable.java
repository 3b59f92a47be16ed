package dev.quorate.storage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The journal's files: the segments in use, oldest first, and the spare ones.
///
/// Only the oldest segments are ever retired, so what an old record said cannot come back because
/// the newer record that overruled it went first.
final class SegmentTable {
    static final String SPARE_SUFFIX = ".spare";

    private final Disk disk;
    private final JournalOptions options;
    private final Anchor anchor;

    /// By sequence minus `base`; holes where a segment without content was dropped.
    private final List<@Nullable Segment> segments = new ArrayList<>();

    private final ArrayDeque<String> spares = new ArrayDeque<>();
    private long base = 1;
    private int count;
    private long liveBytes;
    private long sparesNamed;
    private boolean lastTryWasFull;

    SegmentTable(Disk disk, JournalOptions options, Anchor anchor) {
        this.disk = disk;
        this.options = options;
        this.anchor = anchor;
    }

    /// Takes over a segment that recovery found; oldest first.
    void adopt(Segment segment) {
        if (segments.isEmpty()) {
            base = segment.sequence();
        }
        while (base + segments.size() < segment.sequence()) {
            segments.add(null);
        }
        segments.add(segment);
        count++;
    }

    /// Takes over a spare file; one of another size is of no use and removed.
    void adoptSpare(String file) {
        String number = file.substring(0, file.length() - SPARE_SUFFIX.length());
        try {
            sparesNamed = Math.max(sparesNamed, Long.parseLong(number));
        } catch (NumberFormatException e) {
            throw new Disk.StorageFailure("what is the file " + file + " in the journal?", e);
        }
        if (disk.size(file) == options.segmentBytes() && spares.size() < options.sparesKept()) {
            spares.add(file);
        } else {
            disk.delete(file);
        }
    }

    Anchor anchor() {
        return anchor;
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    Segment current() {
        return get(base + segments.size() - 1);
    }

    int segmentBytes() {
        return options.segmentBytes();
    }

    Segment oldest() {
        return get(base);
    }

    /// The segment that holds a record.
    Segment of(long location) {
        return get(Location.sequence(location, base));
    }

    /// Whether a record lies in that segment, at a place that cannot be read.
    boolean isInGap(Segment segment, long location) {
        return location != IndexWindow.MISSING
                && Location.sequence(location, base) == segment.sequence()
                && segment.isInGap(Location.offset(location));
    }

    boolean hasSpare() {
        return !spares.isEmpty();
    }

    /// Whether another spare was refused when last asked for, and none was recycled since.
    boolean isFull() {
        return lastTryWasFull && spares.size() < 2;
    }

    /// Bytes of all segments in use.
    long totalBytes() {
        return (long) count * options.segmentBytes();
    }

    /// Bytes of the segments in use from `sequence` on.
    long totalBytesFrom(long sequence) {
        long before = 0;
        for (long earlier = base; earlier < sequence; earlier++) {
            before += segments.get((int) (earlier - base)) == null ? 0 : 1;
        }
        return (count - before) * options.segmentBytes();
    }

    /// Bytes of all records that are still needed.
    long liveBytes() {
        return liveBytes;
    }

    /// A record is needed from now on.
    void gain(long location) {
        of(location).gain(Location.length(location));
        liveBytes += Location.length(location);
    }

    /// A record is needed no more.
    ///
    /// @param location may be [IndexWindow#MISSING]
    void lose(long location) {
        if (location != IndexWindow.MISSING) {
            of(location).lose(Location.length(location));
            liveBytes -= Location.length(location);
        }
    }

    /// Makes sure that `wanted` spares exist.
    ///
    /// @throws Disk.DiskFull if they do not and there is no room for them
    void provide(int wanted) {
        while (spares.size() < wanted) {
            String file = newSpareName();
            lastTryWasFull = true;
            disk.preallocate(file, options.segmentBytes());
            lastTryWasFull = false;
            disk.forceNames();
            spares.add(file);
        }
    }

    /// Starts the next segment. Everything in the current one has been forced.
    ///
    /// @param previous the segment before it, or null in a new journal
    Segment start(@Nullable Segment previous, long sequence) {
        if (!segments.isEmpty() && sequence - base >= Location.SEGMENTS_MAX) {
            throw new Disk.DiskFull("the journal has too many segments; raise their size");
        }
        provide(1);
        String spare = spares.removeFirst();
        SegmentHeader header =
                new SegmentHeader(
                        options.cluster(),
                        options.node(),
                        sequence,
                        previous == null ? 0 : previous.sequence(),
                        previous == null ? 0 : previous.end(),
                        segments.isEmpty() ? sequence : base,
                        options.segmentBytes());
        // forced before it gets its name, so that a segment never has a torn header
        disk.write(spare, 0, header.encode());
        disk.force(spare);
        disk.rename(spare, Segment.fileName(sequence));
        disk.forceNames();
        anchor.remember(sequence, Segment.HEADER_BYTES);
        Segment segment = new Segment(header);
        adopt(segment);
        return segment;
    }

    /// The oldest sequence that is needed: the first segment that is alive or being written.
    long oldestNeeded() {
        long sequence = base;
        long newest = current().sequence();
        while (sequence < newest && isDead(sequence)) {
            sequence++;
        }
        return sequence;
    }

    /// Takes the files of the segments before `oldestSequence` out of use. It is on disk, forced,
    /// that they are dead.
    void retire(long oldestSequence) {
        while (base < oldestSequence) {
            Segment dead = segments.removeFirst();
            base++;
            if (dead != null) {
                count--;
                recycle(dead.file());
            }
        }
        disk.forceNames();
    }

    /// Keeps a file as a spare, or removes it.
    void recycle(String file) {
        if (spares.size() < options.sparesKept() && disk.size(file) == options.segmentBytes()) {
            String spare = newSpareName();
            disk.rename(file, spare);
            spares.add(spare);
        } else {
            disk.delete(file);
        }
    }

    private boolean isDead(long sequence) {
        Segment segment = segments.get((int) (sequence - base));
        return segment == null || segment.isDead();
    }

    /// The segment of that sequence, which must be in use.
    Segment get(long sequence) {
        long position = sequence - base;
        Segment segment =
                position >= 0 && position < segments.size() ? segments.get((int) position) : null;
        if (segment == null) {
            throw new IllegalStateException("no segment " + sequence + " in the journal");
        }
        return segment;
    }

    private String newSpareName() {
        String number = Long.toString(++sparesNamed);
        return "0".repeat(Math.max(0, 16 - number.length())) + number + SPARE_SUFFIX;
    }
}
