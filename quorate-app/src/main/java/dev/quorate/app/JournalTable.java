package dev.quorate.app;

import dev.quorate.app.admin.ReportJson;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Entry;
import dev.quorate.storage.GoneReplica;
import dev.quorate.storage.JournalDamage;
import dev.quorate.storage.JournalRecord;
import dev.quorate.storage.JournalReport;
import dev.quorate.types.GroupId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What `quorate journal` shows, as records for JSON and as text for people.
final class JournalTable {
    private JournalTable() {}

    /// Whether a journal is whole.
    record Verdict(
            boolean sound,
            long segments,
            long records,
            List<Replica> replicas,
            List<Gone> gone,
            List<Damage> damages) {}

    /// A replica that a start would find.
    record Replica(
            long group,
            long replica,
            long term,
            long firstIndex,
            long lastIndex,
            boolean installing) {}

    /// A replica that may never come back.
    record Gone(long group, long replica, String end, String cause) {}

    /// Something that is missing or wrong.
    record Damage(String segment, long offset, List<Long> groups, String cause) {}

    /// What the segments hold.
    record Stats(List<Segment> segments, List<Group> groups) {}

    /// One segment.
    record Segment(String file, long sizeBytes, long endBytes, long records) {}

    /// One group.
    record Group(long group, long records, long recordBytes) {}

    /// One record.
    record Line(
            String segment,
            long offset,
            int bytes,
            String type,
            @Nullable Long group,
            String what) {}

    static Verdict verdict(JournalReport report) {
        return new Verdict(
                report.damages().isEmpty(),
                report.segments().size(),
                report.segments().stream().mapToLong(JournalReport.SegmentReport::records).sum(),
                report.replicas().stream().map(JournalTable::replica).toList(),
                report.gone().stream().map(JournalTable::gone).toList(),
                report.damages().stream().map(JournalTable::damage).toList());
    }

    static Stats stats(JournalReport report) {
        return new Stats(
                report.segments().stream()
                        .map(s -> new Segment(s.file(), s.sizeBytes(), s.endBytes(), s.records()))
                        .toList(),
                report.groups().stream()
                        .map(g -> new Group(g.group().value(), g.records(), g.recordBytes()))
                        .toList());
    }

    static String of(Verdict verdict) {
        StringBuilder out = new StringBuilder();
        out.append("%d segments, %d records%n".formatted(verdict.segments, verdict.records));
        for (Replica replica : verdict.replicas) {
            out.append(
                    "g%-8d r%-8d term %d, entries %d to %d%s%n"
                            .formatted(
                                    replica.group,
                                    replica.replica,
                                    replica.term,
                                    replica.firstIndex,
                                    replica.lastIndex,
                                    replica.installing ? ", a snapshot is being installed" : ""));
        }
        for (Gone gone : verdict.gone) {
            out.append(
                    "g%-8d r%-8d %s: %s%n"
                            .formatted(gone.group, gone.replica, gone.end, gone.cause));
        }
        for (Damage damage : verdict.damages) {
            out.append(
                    "DAMAGED  %s at %d: %s; groups that have lost something: %s%n"
                            .formatted(damage.segment, damage.offset, damage.cause, damage.groups));
        }
        out.append(verdict.sound ? "The journal is whole.%n".formatted() : "");
        return out.toString();
    }

    static String of(Stats stats) {
        StringBuilder out = new StringBuilder();
        out.append("%-26s %14s %14s %10s%n".formatted("SEGMENT", "BYTES", "USED", "RECORDS"));
        for (Segment segment : stats.segments) {
            out.append(
                    "%-26s %14d %14d %10d%n"
                            .formatted(
                                    segment.file,
                                    segment.sizeBytes,
                                    segment.endBytes,
                                    segment.records));
        }
        out.append("%-26s %14s %14s %10s%n".formatted("GROUP", "", "BYTES", "RECORDS"));
        for (Group group : stats.groups) {
            out.append(
                    "%-26s %14s %14d %10d%n"
                            .formatted("g" + group.group, "", group.recordBytes, group.records));
        }
        return out.toString();
    }

    static String of(JournalReport.Line line) {
        Line shown = shown(line);
        return "%s %10d %8d %-20s %s"
                .formatted(shown.segment, shown.offset, shown.bytes, shown.type, shown.what);
    }

    /// One line of JSON.
    static String json(JournalReport.Line line) {
        return ReportJson.write(shown(line)).replaceAll("\\s*\\R\\s*", " ");
    }

    private static Line shown(JournalReport.Line line) {
        GroupId group = line.record().group();
        return new Line(
                line.segment(),
                line.offset(),
                line.lengthBytes(),
                line.record().getClass().getSimpleName(),
                group == null ? null : group.value(),
                what(line.record()));
    }

    private static String what(JournalRecord record) {
        return switch (record) {
            case JournalRecord.EntryAppended(var group, var entry) -> entry(group, entry);
            case JournalRecord.EntryCopied(var group, var entry) -> entry(group, entry);
            case JournalRecord.Account account -> account.lines().size() + " groups";
            default -> record.toString();
        };
    }

    private static String entry(GroupId group, Entry entry) {
        return "%s %s %s of %d bytes"
                .formatted(
                        group,
                        entry.position(),
                        entry.kind().name().toLowerCase(Locale.ROOT),
                        entry.payload().length());
    }

    private static Replica replica(StoredReplica stored) {
        return new Replica(
                stored.replica().group().value(),
                stored.replica().self().value(),
                stored.log().hardState().term(),
                stored.log().compacted().index() + 1,
                stored.log().lastIndex(),
                stored.log().installing() != null);
    }

    private static Gone gone(GoneReplica gone) {
        return new Gone(
                gone.group().value(),
                gone.replica().value(),
                gone.end().name().toLowerCase(Locale.ROOT),
                gone.cause());
    }

    private static Damage damage(JournalDamage damage) {
        return new Damage(
                damage.segment(),
                damage.offset(),
                damage.groups().stream().map(GroupId::value).toList(),
                damage.cause());
    }
}
