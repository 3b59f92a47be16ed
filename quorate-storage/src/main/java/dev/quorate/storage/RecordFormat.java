package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.types.Member;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The bytes of a record, as `docs/formats/journal.md` lays them out. Buffers are little-endian.
///
/// The checksum covers the whole record, padding included, with the segment's seed standing in the
/// checksum's own place: a record of another segment, node or cluster never passes.
final class RecordFormat {
    static final byte BATCH = 1;
    static final byte HARD_STATE = 2;
    static final byte ENTRY = 3;
    static final byte COPIED_ENTRY = 4;
    static final byte COMPACTION = 5;
    static final byte REPLICA_CREATED = 6;
    // 7 (replica destroyed) and 8 (snapshot boundary) are reserved
    static final byte SEGMENTS_RETIRED = 9;

    static final int HEADER_BYTES = 24;
    static final int CRC_AT = 4;
    static final int TYPE_AT = 8;
    static final int GROUP_AT = 16;
    static final int MEMBERS_MAX = 64;
    static final int BATCH_BYTES = bytes(16);
    static final int HARD_STATE_BYTES = bytes(16);
    static final int COMPACTION_BYTES = bytes(16);
    static final int RETIRED_BYTES = bytes(8);
    static final int REPLICA_BYTES_MAX = bytes(16 + 16 * MEMBERS_MAX);

    private static final int ENTRY_FIELDS_BYTES = 24;

    private RecordFormat() {}

    /// Length on disk of a record whose body has `bodyBytes`.
    static int bytes(int bodyBytes) {
        return HEADER_BYTES + bodyBytes + 7 & ~7;
    }

    /// Length on disk of an entry's record.
    static int entryBytes(int payloadBytes) {
        return bytes(ENTRY_FIELDS_BYTES + payloadBytes);
    }

    /// Length on disk of a replica's record.
    static int replicaBytes(ReplicaRecord replica) {
        return bytes(16 + 16 * replica.members().size());
    }

    static void batch(ByteBuffer out, long forcedSequence, long forcedOffset) {
        header(out, 16, BATCH, 0, 0).putLong(forcedSequence).putLong(forcedOffset);
    }

    static void hardState(ByteBuffer out, long group, HardState state) {
        NodeId vote = state.votedFor();
        header(out, 16, HARD_STATE, 0, group)
                .putLong(state.term())
                .putLong(vote == null ? 0 : vote.value());
    }

    static void entry(ByteBuffer out, long group, Entry entry) {
        int bodyBytes = ENTRY_FIELDS_BYTES + entry.payload().length();
        header(out, bodyBytes, ENTRY, number(entry.kind()), group)
                .putLong(entry.term())
                .putLong(entry.index())
                .putLong(entry.stampMicros());
        entry.payload().writeTo(out);
        for (int padding = bytes(bodyBytes) - HEADER_BYTES - bodyBytes; padding > 0; padding--) {
            out.put((byte) 0);
        }
    }

    static void compaction(ByteBuffer out, long group, long index, long term) {
        header(out, 16, COMPACTION, 0, group).putLong(index).putLong(term);
    }

    static void replica(ByteBuffer out, ReplicaRecord replica) {
        List<Member> members = replica.members();
        header(out, 16 + 16 * members.size(), REPLICA_CREATED, 0, replica.group().value())
                .putLong(replica.self().value())
                .putLong(members.size());
        for (Member member : members) {
            out.putLong(member.node().value()).putLong(member.replica().value());
        }
    }

    static void retired(ByteBuffer out, long oldestSequence) {
        header(out, 8, SEGMENTS_RETIRED, 0, 0).putLong(oldestSequence);
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

    /// Reads the record at `at`, whose checksum is right.
    ///
    /// @throws IllegalArgumentException if it makes no sense all the same
    static JournalRecord decode(ByteBuffer in, int at) {
        int bodyBytes = in.getInt(at);
        int body = at + HEADER_BYTES;
        byte type = in.get(at + TYPE_AT);
        GroupId group = new GroupId(in.getLong(at + GROUP_AT));
        if ((in.getLong(at + TYPE_AT) & 0xFFFF_FFFF_FFFF_0000L) != 0) {
            throw new IllegalArgumentException("reserved bytes are not zero");
        }
        requireBody(type, bodyBytes);
        return switch (type) {
            case BATCH -> new JournalRecord.Batch(in.getLong(body), in.getLong(body + 8));
            case HARD_STATE ->
                    new JournalRecord.HardStateSet(
                            group, new HardState(in.getLong(body), vote(in.getLong(body + 8))));
            case ENTRY -> new JournalRecord.EntryAppended(group, decodeEntry(in, at));
            case COPIED_ENTRY -> new JournalRecord.EntryCopied(group, decodeEntry(in, at));
            case COMPACTION ->
                    new JournalRecord.Compacted(
                            group, new LogPosition(in.getLong(body + 8), in.getLong(body)));
            case REPLICA_CREATED -> new JournalRecord.ReplicaCreated(decodeReplica(group, in, at));
            case SEGMENTS_RETIRED -> new JournalRecord.SegmentsRetired(in.getLong(body));
            default -> throw new IllegalArgumentException("record type " + type + " is unknown");
        };
    }

    /// Reads the entry of the record at `at`.
    static Entry decodeEntry(ByteBuffer in, int at) {
        int body = at + HEADER_BYTES;
        int payloadBytes = in.getInt(at) - ENTRY_FIELDS_BYTES;
        byte[] payload = new byte[payloadBytes];
        in.get(body + ENTRY_FIELDS_BYTES, payload);
        return new Entry(
                in.getLong(body),
                in.getLong(body + 8),
                in.getLong(body + 16),
                kind(in.get(at + TYPE_AT + 1)),
                Bytes.wrap(payload));
    }

    private static int number(Entry.Kind kind) {
        return switch (kind) {
            case NOOP -> 0;
            case COMMAND -> 1;
            case TICK -> 2;
        };
    }

    private static Entry.Kind kind(byte number) {
        return switch (number) {
            case 0 -> Entry.Kind.NOOP;
            case 1 -> Entry.Kind.COMMAND;
            case 2 -> Entry.Kind.TICK;
            default -> throw new IllegalArgumentException("entry kind " + number + " is unknown");
        };
    }

    private static ReplicaRecord decodeReplica(GroupId group, ByteBuffer in, int at) {
        int body = at + HEADER_BYTES;
        long count = in.getLong(body + 8);
        if (count < 1 || count > MEMBERS_MAX || in.getInt(at) != 16 + 16 * count) {
            throw new IllegalArgumentException("a replica record with " + count + " members");
        }
        List<Member> members = new ArrayList<>((int) count);
        for (int i = 0; i < count; i++) {
            int member = body + 16 + 16 * i;
            members.add(
                    new Member(
                            new NodeId(in.getLong(member)), new ReplicaId(in.getLong(member + 8))));
        }
        return new ReplicaRecord(group, new ReplicaId(in.getLong(body)), members);
    }

    private static void requireBody(byte type, int bodyBytes) {
        boolean sound =
                switch (type) {
                    case BATCH, HARD_STATE, COMPACTION -> bodyBytes == 16;
                    case ENTRY, COPIED_ENTRY -> bodyBytes >= ENTRY_FIELDS_BYTES;
                    case REPLICA_CREATED -> bodyBytes >= 16;
                    case SEGMENTS_RETIRED -> bodyBytes == 8;
                    default -> true;
                };
        if (!sound) {
            throw new IllegalArgumentException(
                    "record of type " + type + " with a body of " + bodyBytes + " bytes");
        }
    }

    private static @Nullable NodeId vote(long value) {
        return value == 0 ? null : new NodeId(value);
    }

    private static ByteBuffer header(
            ByteBuffer out, int bodyBytes, byte type, int kind, long group) {
        return out.putInt(bodyBytes)
                .putInt(0)
                .putLong(Byte.toUnsignedLong(type) | (long) kind << 8)
                .putLong(group);
    }
}
