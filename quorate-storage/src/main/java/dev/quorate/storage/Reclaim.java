package dev.quorate.storage;

import dev.quorate.storage.SegmentWalk.End;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Frees the oldest segment by copying the little that is still needed of it into the batch that is
/// being written, a slice at a time.
///
/// The youngest segments are left alone while there is room: most of what is in them dies by
/// itself. Of the others, copying is worth it when less than a quarter of the segment, or of the
/// whole journal, is needed; or when the journal is over its budget and a quarter of it would be
/// freed in the end. So each byte written is copied a bounded number of times.
///
/// A record may have rotted since the journal was opened. Then it is found out whose it was, and
/// nothing more is emptied until [#takeRotten] was asked, so that they are put in quarantine.
final class Reclaim {
    private static final int YOUNG_SEGMENTS = 3;
    private static final String ROTTEN =
            "what was sound when the journal was opened cannot be read any more";

    /// A group that needs records which are rotten.
    ///
    /// @param hosted whether some are about the replica that is hosted
    /// @param others whether some are about replicas that were here before
    record Rotten(ReplicaLog log, JournalDamage damage, boolean hosted, boolean others) {}

    private final Disk disk;
    private final JournalOptions options;
    private final SegmentTable segments;
    private final Map<GroupId, ReplicaLog> logs;
    private final Accounts accounts;
    private @Nullable SegmentScan scan;
    private long scanned;
    private final List<JournalDamage> damages = new ArrayList<>();
    private @Nullable Segment rotten;

    Reclaim(
            Disk disk,
            JournalOptions options,
            SegmentTable segments,
            Map<GroupId, ReplicaLog> logs,
            Accounts accounts) {
        this.disk = disk;
        this.options = options;
        this.segments = segments;
        this.logs = logs;
        this.accounts = accounts;
    }

    /// Whether there is something to copy or to retire.
    boolean isDue() {
        return segments.oldestNeeded() > segments.oldest().sequence() || nextToEmpty() != null;
    }

    /// Copies a slice, and states which segments are dead then.
    ///
    /// @return the oldest sequence that is needed once the batch is forced
    long write(BatchWriter out) {
        long bytesLeft = options.copyBytesMax();
        Segment next = nextToEmpty();
        while (next != null && bytesLeft > 0) {
            bytesLeft = copySlice(next, bytesLeft, out);
            next = nextToEmpty();
        }
        long oldestNeeded = segments.oldestNeeded();
        boolean room = out.fits(RecordFormat.RETIRED_BYTES) || segments.hasSpare();
        if (oldestNeeded == segments.oldest().sequence() || !room) {
            return segments.oldest().sequence();
        }
        out.retired(oldestNeeded);
        return oldestNeeded;
    }

    /// What turned out to be rotten since this was last asked.
    List<JournalDamage> takeDamages() {
        List<JournalDamage> taken = List.copyOf(damages);
        damages.clear();
        return taken;
    }

    /// Who still needs what turned out to be rotten, by group id; and goes on emptying segments.
    List<Rotten> takeRotten() {
        Segment segment = rotten;
        rotten = null;
        if (segment == null) {
            return List.of();
        }
        List<Rotten> all = new ArrayList<>();
        for (ReplicaLog log : losersIn(segment)) {
            long offset = segment.gapsFrom().first();
            List<GroupId> group = List.of(log.group());
            all.add(
                    new Rotten(
                            log,
                            new JournalDamage(segment.file(), offset, group, ROTTEN),
                            log.hostedNeedsAny(at -> segments.isInGap(segment, at)),
                            log.othersNeedAny(at -> segments.isInGap(segment, at))));
        }
        return all;
    }

    private @Nullable Segment nextToEmpty() {
        Segment next = segments.get(segments.oldestNeeded());
        if (next == segments.current() || rotten != null) {
            return null;
        }
        long total = segments.totalBytesFrom(next.sequence());
        long live = segments.liveBytes();
        boolean isYoung = total <= YOUNG_SEGMENTS * (long) options.segmentBytes();
        boolean worthIt =
                (!isYoung && (next.liveBytes() < options.segmentBytes() / 4 || live < total / 4))
                        || (total > options.budgetBytes() && live < total / 4 * 3);
        return worthIt ? next : null;
    }

    /// What is left of `bytesMax`; 0 when no more can be done in this batch.
    private long copySlice(Segment oldest, long bytesMax, BatchWriter out) {
        SegmentScan from = scan;
        if (from == null || scanned != oldest.sequence()) {
            from = scanOf(oldest);
        }
        long readMax = from.offset() + from.length() + 4 * bytesMax;
        long bytesLeft = bytesMax;
        while (bytesLeft > 0 && from.offset() < readMax) {
            if (!next(oldest, from)) {
                boolean isEmptied = from.offset() == oldest.end() && oldest.isDead();
                if (!isEmptied) {
                    lookForRot(oldest, from.offset());
                }
                return isEmptied ? bytesLeft : 0;
            }
            if (!out.fits(from.length()) && !segments.hasSpare()) {
                // no room now: begin again when there is some
                scan = null;
                return 0;
            }
            bytesLeft -= copy(oldest, from, out);
        }
        return 0;
    }

    /// Moves to the next record, past what was already unreadable when the journal was opened.
    private static boolean next(Segment oldest, SegmentScan from) {
        boolean found = from.next();
        for (long on = oldest.after(from.offset()); !found && on > from.offset(); ) {
            found = from.nextFrom(on);
            on = oldest.after(on);
        }
        return found;
    }

    private int copy(Segment oldest, SegmentScan from, BatchWriter out) {
        long location = Location.pack(oldest.sequence(), from.offset(), from.length());
        if (from.isEntry()) {
            // most are dead, and not worth being decoded
            ReplicaLog log = logs.get(new GroupId(from.groupHere()));
            if (log == null || log.entries().at(from.entryIndexHere()) != location) {
                return 0;
            }
        }
        JournalRecord record = from.recordIfAny();
        if (record == null) {
            // told as damage when the journal was opened; nobody needs it
            return 0;
        }
        GroupId group = record.group();
        ReplicaLog log = group == null ? null : logs.get(group);
        if (log == null || !log.needs(record, location)) {
            return 0;
        }
        log.moved(record, out.copy(from.raw(), accounts.next(log)), segments);
        return from.length();
    }

    /// A record that should be there is not: finds out which ones cannot be read, and whether
    /// anybody needs them.
    private void lookForRot(Segment segment, long scannedTo) {
        scan = null;
        segment.forgetGaps();
        new SegmentWalk(disk, segment.header(), segment.end(), End.KNOWN, 0)
                .walk(
                        new SegmentWalk.Visitor() {
                            @Override
                            public void record(SegmentScan at, JournalRecord record) {
                                // it is sound
                            }

                            @Override
                            public void gap(long from, long to, String cause) {
                                segment.gap(from, to);
                            }
                        });
        List<ReplicaLog> losers = losersIn(segment);
        if (!losers.isEmpty()) {
            rotten = segment;
        } else if (segment.gapsFrom().isEmpty() && scannedTo == segment.end()) {
            throw new IllegalStateException(segment.file() + " has records that nobody copies");
        }
        List<GroupId> groups = losers.stream().map(ReplicaLog::group).toList();
        for (long offset : segment.gapsFrom()) {
            damages.add(new JournalDamage(segment.file(), offset, groups, ROTTEN));
        }
        Recovery.keepEvidence(disk, damages);
    }

    /// Those that need a record which cannot be read.
    private List<ReplicaLog> losersIn(Segment segment) {
        return logs.values().stream()
                .filter(log ->
                        log.hostedNeedsAny(at -> segments.isInGap(segment, at))
                                || log.othersNeedAny(at -> segments.isInGap(segment, at)))
                .sorted(Comparator.comparing(ReplicaLog::group))
                .toList();
    }

    private SegmentScan scanOf(Segment oldest) {
        SegmentScan from =
                new SegmentScan(
                        disk, oldest.file(), oldest.seed(), Segment.HEADER_BYTES, oldest.end());
        scan = from;
        scanned = oldest.sequence();
        return from;
    }
}
