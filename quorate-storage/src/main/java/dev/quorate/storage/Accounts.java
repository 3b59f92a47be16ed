package dev.quorate.storage;

import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Numbers the records of each group, and states from time to time how far each one has got: so
/// that after damage it can be told who has lost something and who has not (rule R7).
///
/// Every segment begins, about, with an account of all groups; in between, and before the lane
/// falls asleep, those that were written to are accounted for. Each such account reaches back over
/// the one before it, which may be damaged itself.
final class Accounts {
    private static final int LINES_MAX = 1000;
    private static final long INTERVAL_BYTES_MIN = 1024;

    private final SegmentTable segments;
    private final Map<GroupId, ReplicaLog> logs;
    private final int linesMax;
    private final long intervalBytes;
    private List<ReplicaLog> recent = new ArrayList<>();
    private List<ReplicaLog> earlier = List.of();
    private long number = 1;
    private Place before;
    private Place last;
    private long fullIn;
    private long bytes;

    /// A place in the journal.
    private record Place(long sequence, long offset) {
        static final Place START = new Place(0, 0);
    }

    Accounts(JournalOptions options, SegmentTable segments, Map<GroupId, ReplicaLog> logs) {
        this.segments = segments;
        this.logs = logs;
        int roomBytes = options.segmentBytes() / 4 - RecordFormat.accountBytes(0);
        linesMax = Math.max(1, Math.min(LINES_MAX, roomBytes / RecordFormat.ACCOUNT_LINE_BYTES));
        before = new Place(segments.current().sequence(), segments.current().end());
        last = before;
        intervalBytes = Math.max(INTERVAL_BYTES_MIN, options.segmentBytes() / 16);
    }

    /// The number of the group's next record, which is about to be written.
    int next(ReplicaLog log) {
        if (log.accounted() != number) {
            log.accounted(number);
            recent.add(log);
        }
        return log.nextOrdinal();
    }

    /// So many bytes were written.
    void wrote(long count) {
        bytes += count;
    }

    /// Adds an account to the batch if anything is not accounted for.
    void writeIfOpen(BatchWriter out) {
        if (!recent.isEmpty()) {
            write(out);
        }
    }

    /// Adds an account to the batch if one is due; never begins a segment for it.
    void writeIfDue(BatchWriter out) {
        if (fullIn != segments.current().sequence() || bytes >= intervalBytes) {
            write(out);
        }
    }

    /// Adds an account to the batch if there is room for it.
    private void write(BatchWriter out) {
        boolean full = fullIn != segments.current().sequence();
        List<ReplicaLog> listed = full ? new ArrayList<>(logs.values()) : touched();
        listed.sort(Comparator.comparing(ReplicaLog::group));
        if (!out.fits(bytesOf(listed.size()))) {
            return;
        }
        Place from = full ? Place.START : before;
        long first = 0;
        for (int at = 0; at == 0 || at < listed.size(); at += linesMax) {
            List<ReplicaLog> part = listed.subList(at, Math.min(at + linesMax, listed.size()));
            boolean isLast = at + linesMax >= listed.size();
            long through = isLast ? Long.MAX_VALUE : part.getLast().group().value();
            out.record(
                    new JournalRecord.Account(
                            from.sequence, from.offset, first, through, lines(part)),
                    0);
            first = through + 1;
        }
        before = last;
        last = new Place(segments.current().sequence(), segments.current().end());
        fullIn = full ? segments.current().sequence() : fullIn;
        earlier = recent;
        recent = new ArrayList<>();
        number++;
        bytes = 0;
    }

    private List<ReplicaLog> touched() {
        TreeMap<GroupId, ReplicaLog> touched = new TreeMap<>();
        earlier.forEach(log -> touched.put(log.group(), log));
        recent.forEach(log -> touched.put(log.group(), log));
        return new ArrayList<>(touched.values());
    }

    private long bytesOf(int lines) {
        long parts = Math.max(1, (lines + linesMax - 1) / linesMax);
        return parts * RecordFormat.accountBytes(0)
                + (long) lines * RecordFormat.ACCOUNT_LINE_BYTES;
    }

    private static List<JournalRecord.Account.Line> lines(List<ReplicaLog> logs) {
        List<JournalRecord.Account.Line> lines = new ArrayList<>(logs.size());
        for (ReplicaLog log : logs) {
            ReplicaId hosted = log.hosted();
            lines.add(
                    new JournalRecord.Account.Line(
                            log.group().value(),
                            log.ordinal(),
                            hosted == null ? 0 : hosted.value()));
        }
        return lines;
    }
}
