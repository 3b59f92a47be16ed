package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// The bytes of a record, as `docs/formats/journal.md` lays them out. Buffers are little-endian;
/// [RecordDecoder] reads what is written here.
///
/// The checksum covers the whole record, padding included, with the segment's seed standing in the
/// checksum's own place: a record of another segment, node or cluster never passes.
final class RecordFormat {
    static final byte BATCH = 1;
    static final byte HARD_STATE = 2;
    static final byte ENTRY = 3;
    static final byte COPIED_ENTRY = 4;
    static final byte LOG_BEGINS = 5;
    static final byte REPLICA_CREATED = 6;
    static final byte REPLICAS_GONE = 7;
    static final byte INSTALL_BEGUN = 8;
    static final byte SEGMENTS_RETIRED = 9;
    static final byte REPLICA_QUARANTINED = 10;

    static final int HEADER_BYTES = 24;
    static final int CRC_AT = 4;
    static final int TYPE_AT = 8;
    static final int KIND_AT = 9;
    static final int GROUP_AT = 16;
    static final int MEMBERS_MAX = Configuration.MEMBERS_MAX;

    /// Most replica ids that are remembered as gone of one group; lower ones than all of them are
    /// refused as well.
    static final int GONE_MAX = 64;

    static final int CAUSE_BYTES_MAX = 256;
    static final int ENTRY_FIELDS_BYTES = 24;
    static final int BEGINNING_FIELDS_BYTES = 24;
    static final int INSTALL_FIELDS_BYTES = 32 + SnapshotMeta.DIGEST_BYTES;

    static final int BATCH_BYTES = bytes(16);
    static final int HARD_STATE_BYTES = bytes(24);
    static final int RETIRED_BYTES = bytes(8);

    /// The longest record that is not an entry: a mark with a full configuration.
    static final int RECORD_BYTES_MAX = bytes(INSTALL_FIELDS_BYTES + 4 + 3 * 16 * MEMBERS_MAX);

    private RecordFormat() {}

    /// Length on disk of a record whose body has `bodyBytes`.
    static int bytes(int bodyBytes) {
        return HEADER_BYTES + bodyBytes + 7 & ~7;
    }

    /// Length on disk of an entry's record.
    static int entryBytes(int payloadBytes) {
        return bytes(ENTRY_FIELDS_BYTES + payloadBytes);
    }

    /// Length on disk of a record.
    static int bytes(JournalRecord record) {
        return bytes(bodyBytes(record));
    }

    private static int bodyBytes(JournalRecord record) {
        return switch (record) {
            case JournalRecord.Batch _ -> 16;
            case JournalRecord.HardStateSet _ -> 24;
            case JournalRecord.EntryAppended(var _, var entry) ->
                    ENTRY_FIELDS_BYTES + entry.payload().length();
            case JournalRecord.EntryCopied(var _, var entry) ->
                    ENTRY_FIELDS_BYTES + entry.payload().length();
            case JournalRecord.LogBegins begins ->
                    BEGINNING_FIELDS_BYTES + begins.configuration().encodedBytes();
            case JournalRecord.ReplicaCreated(var replica, var _) ->
                    16 + 16 * replica.founders().size();
            case JournalRecord.InstallBegun(var _, var meta) ->
                    INSTALL_FIELDS_BYTES + meta.configuration().encodedBytes();
            case JournalRecord.ReplicasGone gone -> 8 * gone.replicas().size();
            case JournalRecord.ReplicaQuarantined quarantined ->
                    8 + utf8(quarantined.cause()).length;
            case JournalRecord.SegmentsRetired _ -> 8;
        };
    }

    static void batch(ByteBuffer out, long forcedSequence, long forcedOffset) {
        header(out, 16, BATCH, 0, 0).putLong(forcedSequence).putLong(forcedOffset);
    }

    static void hardState(ByteBuffer out, long group, HardState state) {
        ReplicaId vote = state.votedFor();
        header(out, 24, HARD_STATE, 0, group)
                .putLong(state.term())
                .putLong(vote == null ? 0 : vote.value())
                .putLong(state.promisedNanos());
    }

    static void entry(ByteBuffer out, byte type, long group, Entry entry) {
        int bodyBytes = ENTRY_FIELDS_BYTES + entry.payload().length();
        header(out, bodyBytes, type, number(entry.kind()), group)
                .putLong(entry.term())
                .putLong(entry.index())
                .putLong(entry.stampMicros());
        entry.payload().writeTo(out);
        pad(out, bodyBytes);
    }

    /// Appends the record, with no checksum yet.
    static void write(ByteBuffer out, JournalRecord record) {
        int bodyBytes = bodyBytes(record);
        switch (record) {
            case JournalRecord.Batch(long sequence, long offset) -> batch(out, sequence, offset);
            case JournalRecord.HardStateSet(var group, var state) ->
                    hardState(out, group.value(), state);
            case JournalRecord.EntryAppended(var group, var entry) ->
                    entry(out, ENTRY, group.value(), entry);
            case JournalRecord.EntryCopied(var group, var entry) ->
                    entry(out, COPIED_ENTRY, group.value(), entry);
            case JournalRecord.LogBegins begins -> logBegins(out, bodyBytes, begins);
            case JournalRecord.ReplicaCreated created -> replica(out, bodyBytes, created);
            case JournalRecord.InstallBegun(var group, var meta) ->
                    install(out, bodyBytes, group.value(), meta);
            case JournalRecord.ReplicasGone(var group, var replicas, var before) -> {
                header(out, bodyBytes, REPLICAS_GONE, number(before), group.value());
                for (ReplicaId replica : replicas) {
                    out.putLong(replica.value());
                }
            }
            case JournalRecord.ReplicaQuarantined(
                            var group,
                            var replica,
                            var cause,
                            var before) -> {
                header(out, bodyBytes, REPLICA_QUARANTINED, number(before), group.value());
                out.putLong(replica.value()).put(utf8(cause));
                pad(out, bodyBytes);
            }
            case JournalRecord.SegmentsRetired(long oldest) ->
                    header(out, 8, SEGMENTS_RETIRED, 0, 0).putLong(oldest);
        }
    }

    private static void logBegins(ByteBuffer out, int bodyBytes, JournalRecord.LogBegins begins) {
        header(out, bodyBytes, LOG_BEGINS, number(begins.beginning()), begins.group().value())
                .putLong(begins.upTo().term())
                .putLong(begins.upTo().index())
                .putLong(begins.stampMicros());
        begins.configuration().encode().writeTo(out);
        pad(out, bodyBytes);
    }

    private static void replica(
            ByteBuffer out, int bodyBytes, JournalRecord.ReplicaCreated created) {
        ReplicaRecord replica = created.replica();
        int before = number(created.before());
        header(out, bodyBytes, REPLICA_CREATED, before, replica.group().value())
                .putLong(replica.self().value())
                .putLong(replica.founders().size());
        for (Member member : replica.founders()) {
            out.putLong(member.node().value()).putLong(member.replica().value());
        }
    }

    private static void install(ByteBuffer out, int bodyBytes, long group, SnapshotMeta meta) {
        header(out, bodyBytes, INSTALL_BEGUN, 0, group)
                .putLong(meta.position().term())
                .putLong(meta.position().index())
                .putLong(meta.stampMicros())
                .putLong(meta.sizeBytes());
        meta.sha256().writeTo(out);
        meta.configuration().encode().writeTo(out);
        pad(out, bodyBytes);
    }

    /// Makes a record into a copy of itself: one that changes nothing of what was said since.
    ///
    /// @param at where it begins in the buffer
    static void turnIntoCopy(ByteBuffer buffer, int at) {
        switch (buffer.get(at + TYPE_AT)) {
            case ENTRY -> buffer.put(at + TYPE_AT, COPIED_ENTRY);
            case LOG_BEGINS, REPLICA_CREATED, REPLICAS_GONE, REPLICA_QUARANTINED ->
                    buffer.put(at + KIND_AT, (byte) 0);
            default -> {
                // it says the same wherever it stands
            }
        }
    }

    /// Length on disk of what the header at `at` announces, in bytes; `-1` if it is no header.
    static int announcedBytes(ByteBuffer in, int at) {
        int bodyBytes = in.getInt(at);
        return bodyBytes < 0 || bodyBytes > Location.LENGTH_MAX - bytes(0) || in.get(at + 8) == 0
                ? -1
                : bytes(bodyBytes);
    }

    /// Computes the checksum of the record at `at` and leaves the buffer as it was.
    static int crc(ByteBuffer in, int at, int length, int seed, CRC32C crc) {
        int position = in.position();
        int limit = in.limit();
        int stored = in.getInt(at + CRC_AT);
        in.putInt(at + CRC_AT, seed);
        in.limit(at + length).position(at);
        crc.reset();
        crc.update(in);
        in.limit(limit).position(position);
        in.putInt(at + CRC_AT, stored);
        return (int) crc.getValue();
    }

    private static int number(Entry.Kind kind) {
        return switch (kind) {
            case NOOP -> 0;
            case COMMAND -> 1;
            case TICK -> 2;
            case CONFIGURATION -> 3;
            case SESSION_COMMAND -> 4;
        };
    }

    private static int number(JournalRecord.Before before) {
        return switch (before) {
            case STANDS -> 0;
            case VOID -> 1;
        };
    }

    private static int number(JournalRecord.Beginning beginning) {
        return switch (beginning) {
            case COMPACTED -> 0;
            case INSTALLED -> 1;
            case INSTALLED_ALONE -> 2;
        };
    }

    private static byte[] utf8(String text) {
        return Bytes.utf8(text).toByteArray();
    }

    /// The text, cut to what a record takes.
    static String shortened(String cause) {
        byte[] bytes = utf8(cause);
        if (bytes.length <= CAUSE_BYTES_MAX) {
            return cause;
        }
        int end = CAUSE_BYTES_MAX;
        while ((bytes[end] & 0xC0) == 0x80) {
            end--; // never in the middle of a character
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    private static void pad(ByteBuffer out, int bodyBytes) {
        for (int padding = bytes(bodyBytes) - HEADER_BYTES - bodyBytes; padding > 0; padding--) {
            out.put((byte) 0);
        }
    }

    private static ByteBuffer header(
            ByteBuffer out, int bodyBytes, byte type, int kind, long group) {
        return out.putInt(bodyBytes)
                .putInt(0)
                .putLong(Byte.toUnsignedLong(type) | (long) kind << 8)
                .putLong(group);
    }
}
