package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads records that [RecordFormat] wrote and whose checksum is right, and believes nothing else.
final class RecordDecoder {
    private RecordDecoder() {}

    /// Reads the record at `at`.
    ///
    /// @throws IllegalArgumentException if it makes no sense in spite of its checksum
    static JournalRecord decode(ByteBuffer in, int at) {
        int bodyBytes = in.getInt(at);
        int body = at + RecordFormat.HEADER_BYTES;
        byte type = in.get(at + RecordFormat.TYPE_AT);
        if (in.getShort(at + RecordFormat.KIND_AT + 1) != 0) {
            throw new IllegalArgumentException("reserved bytes are not zero");
        }
        requireBody(type, bodyBytes);
        GroupId group = new GroupId(in.getLong(at + RecordFormat.GROUP_AT));
        return switch (type) {
            case RecordFormat.BATCH ->
                    new JournalRecord.Batch(in.getLong(body), in.getLong(body + 8));
            case RecordFormat.HARD_STATE ->
                    new JournalRecord.HardStateSet(group, hardState(in, body));
            case RecordFormat.ENTRY -> new JournalRecord.EntryAppended(group, entry(in, at));
            case RecordFormat.COPIED_ENTRY -> new JournalRecord.EntryCopied(group, entry(in, at));
            case RecordFormat.LOG_BEGINS -> logBegins(group, in, at, bodyBytes);
            case RecordFormat.REPLICA_CREATED -> replica(group, in, at, bodyBytes);
            case RecordFormat.REPLICAS_GONE ->
                    new JournalRecord.ReplicasGone(
                            group, replicas(in, body, bodyBytes), before(in, at));
            case RecordFormat.INSTALL_BEGUN ->
                    new JournalRecord.InstallBegun(group, meta(in, body, bodyBytes));
            case RecordFormat.SEGMENTS_RETIRED ->
                    new JournalRecord.SegmentsRetired(in.getLong(body));
            case RecordFormat.REPLICA_QUARANTINED ->
                    new JournalRecord.ReplicaQuarantined(
                            group,
                            new ReplicaId(in.getLong(body)),
                            bytes(in, body + 8, bodyBytes - 8).toUtf8(),
                            before(in, at));
            case RecordFormat.ACCOUNT -> account(in, body, bodyBytes);
            default -> throw new IllegalArgumentException("record type " + type + " is unknown");
        };
    }

    /// Reads the entry of the record at `at`.
    static Entry entry(ByteBuffer in, int at) {
        int body = at + RecordFormat.HEADER_BYTES;
        int payloadBytes = in.getInt(at) - RecordFormat.ENTRY_FIELDS_BYTES;
        return new Entry(
                in.getLong(body),
                in.getLong(body + 8),
                in.getLong(body + 16),
                kind(in.get(at + RecordFormat.KIND_AT)),
                bytes(in, body + RecordFormat.ENTRY_FIELDS_BYTES, payloadBytes));
    }

    private static HardState hardState(ByteBuffer in, int body) {
        long vote = in.getLong(body + 8);
        @Nullable ReplicaId votedFor = vote == 0 ? null : new ReplicaId(vote);
        return new HardState(in.getLong(body), votedFor, in.getLong(body + 16));
    }

    private static JournalRecord logBegins(GroupId group, ByteBuffer in, int at, int bodyBytes) {
        int body = at + RecordFormat.HEADER_BYTES;
        int fields = RecordFormat.BEGINNING_FIELDS_BYTES;
        JournalRecord.Beginning beginning =
                switch (in.get(at + RecordFormat.KIND_AT)) {
                    case 0 -> JournalRecord.Beginning.COMPACTED;
                    case 1 -> JournalRecord.Beginning.INSTALLED;
                    case 2 -> JournalRecord.Beginning.INSTALLED_ALONE;
                    default -> throw new IllegalArgumentException("unknown beginning of a log");
                };
        return new JournalRecord.LogBegins(
                group,
                beginning,
                new LogPosition(in.getLong(body), in.getLong(body + 8)),
                in.getLong(body + 16),
                Configuration.decode(bytes(in, body + fields, bodyBytes - fields)));
    }

    private static SnapshotMeta meta(ByteBuffer in, int body, int bodyBytes) {
        int fields = RecordFormat.INSTALL_FIELDS_BYTES;
        return new SnapshotMeta(
                new LogPosition(in.getLong(body), in.getLong(body + 8)),
                in.getLong(body + 16),
                Configuration.decode(bytes(in, body + fields, bodyBytes - fields)),
                in.getLong(body + 24),
                bytes(in, body + 32, SnapshotMeta.DIGEST_BYTES));
    }

    private static JournalRecord replica(GroupId group, ByteBuffer in, int at, int bodyBytes) {
        int body = at + RecordFormat.HEADER_BYTES;
        long count = in.getLong(body + 8);
        if (count < 1 || count > RecordFormat.MEMBERS_MAX || bodyBytes != 16 + 16 * count) {
            throw new IllegalArgumentException("a replica record with " + count + " founders");
        }
        List<Member> founders = new ArrayList<>((int) count);
        for (int i = 0; i < count; i++) {
            int member = body + 16 + 16 * i;
            founders.add(
                    new Member(
                            new NodeId(in.getLong(member)), new ReplicaId(in.getLong(member + 8))));
        }
        return new JournalRecord.ReplicaCreated(
                new ReplicaRecord(group, new ReplicaId(in.getLong(body)), founders),
                before(in, at));
    }

    private static List<ReplicaId> replicas(ByteBuffer in, int body, int bodyBytes) {
        if (bodyBytes % 8 != 0 || bodyBytes == 0 || bodyBytes > 8 * RecordFormat.GONE_MAX) {
            throw new IllegalArgumentException("replica ids in " + bodyBytes + " bytes");
        }
        List<ReplicaId> replicas = new ArrayList<>(bodyBytes / 8);
        for (int at = 0; at < bodyBytes; at += 8) {
            replicas.add(new ReplicaId(in.getLong(body + at)));
        }
        return replicas;
    }

    private static JournalRecord account(ByteBuffer in, int body, int bodyBytes) {
        int lineBytes = bodyBytes - RecordFormat.ACCOUNT_FIELDS_BYTES;
        if (lineBytes < 0 || lineBytes % RecordFormat.ACCOUNT_LINE_BYTES != 0) {
            throw new IllegalArgumentException("an account in " + bodyBytes + " bytes");
        }
        List<JournalRecord.Account.Line> lines = new ArrayList<>();
        for (int at = 0; at < lineBytes; at += RecordFormat.ACCOUNT_LINE_BYTES) {
            int line = body + RecordFormat.ACCOUNT_FIELDS_BYTES + at;
            long group = in.getLong(line);
            long replica = in.getLong(line + 16);
            if (group < 0 || replica < 0) {
                throw new IllegalArgumentException("an account of what cannot be");
            }
            lines.add(new JournalRecord.Account.Line(group, (int) in.getLong(line + 8), replica));
        }
        return new JournalRecord.Account(
                in.getLong(body),
                in.getLong(body + 8),
                in.getLong(body + 16),
                in.getLong(body + 24),
                lines);
    }

    private static void requireBody(byte type, int bodyBytes) {
        boolean sound =
                switch (type) {
                    case RecordFormat.BATCH -> bodyBytes == 16;
                    case RecordFormat.HARD_STATE -> bodyBytes == 24;
                    case RecordFormat.ENTRY, RecordFormat.COPIED_ENTRY ->
                            bodyBytes >= RecordFormat.ENTRY_FIELDS_BYTES;
                    case RecordFormat.LOG_BEGINS ->
                            bodyBytes >= RecordFormat.BEGINNING_FIELDS_BYTES;
                    case RecordFormat.INSTALL_BEGUN ->
                            bodyBytes >= RecordFormat.INSTALL_FIELDS_BYTES;
                    case RecordFormat.REPLICA_CREATED -> bodyBytes >= 16;
                    case RecordFormat.SEGMENTS_RETIRED -> bodyBytes == 8;
                    case RecordFormat.REPLICA_QUARANTINED ->
                            bodyBytes >= 8 && bodyBytes <= 8 + RecordFormat.CAUSE_BYTES_MAX;
                    default -> true;
                };
        if (!sound) {
            throw new IllegalArgumentException(
                    "record of type " + type + " with a body of " + bodyBytes + " bytes");
        }
    }

    private static JournalRecord.Before before(ByteBuffer in, int at) {
        return switch (in.get(at + RecordFormat.KIND_AT)) {
            case 0 -> JournalRecord.Before.STANDS;
            case 1 -> JournalRecord.Before.VOID;
            default -> throw new IllegalArgumentException("it is unknown what stands before it");
        };
    }

    private static Entry.Kind kind(byte number) {
        return switch (number) {
            case 0 -> Entry.Kind.NOOP;
            case 1 -> Entry.Kind.COMMAND;
            case 2 -> Entry.Kind.TICK;
            case 3 -> Entry.Kind.CONFIGURATION;
            case 4 -> Entry.Kind.SESSION_COMMAND;
            default -> throw new IllegalArgumentException("entry kind " + number + " is unknown");
        };
    }

    private static Bytes bytes(ByteBuffer in, int from, int length) {
        byte[] content = new byte[length];
        in.get(from, content);
        return Bytes.wrap(content);
    }
}
