package dev.quorate.wire;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftMessage;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
import dev.quorate.raft.RaftMessage.ReadIndexReply;
import dev.quorate.raft.RaftMessage.ReadIndexRequest;
import dev.quorate.raft.RaftMessage.Removed;
import dev.quorate.raft.RaftMessage.SnapshotOffer;
import dev.quorate.raft.RaftMessage.TimeoutNow;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Raft messages as bytes, fixed width; entries carry no index, since they follow `previous`.
final class RaftCodec {
    private static final int ENTRY_HEADER_BYTES = 8 + 8 + 1 + 4;

    private RaftCodec() {}

    static int encodedBytes(RaftMessage message) {
        return switch (message) {
            case PreVoteRequest _ -> 24;
            case VoteRequest _ -> 25;
            case PreVoteReply _, VoteReply _ -> 9;
            case AppendRequest append -> 52 + entriesBytes(append.entries());
            case AppendAccepted _ -> 24;
            case AppendRejected _ -> 40;
            case Heartbeat _ -> 40;
            case HeartbeatReply _ -> 16;
            case TimeoutNow _ -> 8;
            case SnapshotOffer offer -> 84 + offer.meta().configuration().encodedBytes();
            case ReadIndexRequest _ -> 17;
            case ReadIndexReply _ -> 24;
            case Removed _ -> 16;
        };
    }

    private static int entriesBytes(List<Entry> entries) {
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            bytes += ENTRY_HEADER_BYTES + entries.get(i).payload().length();
        }
        return Math.toIntExact(Math.min(bytes, Integer.MAX_VALUE / 2));
    }

    static void encode(RaftMessage message, ByteBuffer target) {
        target.putLong(message.term());
        switch (message) {
            case PreVoteRequest(_, LogPosition lastLog) -> put(lastLog, target);
            case PreVoteReply(_, boolean granted) -> target.put((byte) (granted ? 1 : 0));
            case VoteRequest(_, LogPosition lastLog, boolean handover) -> {
                put(lastLog, target);
                target.put((byte) (handover ? 1 : 0));
            }
            case VoteReply(_, boolean granted) -> target.put((byte) (granted ? 1 : 0));
            case AppendRequest append -> encodeAppend(append, target);
            case AppendAccepted(_, long matchIndex, long round) ->
                    target.putLong(matchIndex).putLong(round);
            case AppendRejected rejected ->
                    target.putLong(rejected.rejectedIndex())
                            .putLong(rejected.hintTerm())
                            .putLong(rejected.hintIndex())
                            .putLong(rejected.round());
            case Heartbeat(_, long commitIndex, long round, long everywhere, long lease) ->
                    target.putLong(commitIndex).putLong(round).putLong(everywhere).putLong(lease);
            case HeartbeatReply(_, long round) -> target.putLong(round);
            case TimeoutNow _ -> {}
            case SnapshotOffer(_, SnapshotMeta meta, long round) -> {
                target.putLong(round);
                encodeMeta(meta, target);
            }
            case ReadIndexRequest(_, long key, boolean lease) ->
                    target.putLong(key).put((byte) (lease ? 1 : 0));
            case ReadIndexReply(_, long key, long index) -> target.putLong(key).putLong(index);
            case Removed(_, long configIndex) -> target.putLong(configIndex);
        }
    }

    private static void encodeMeta(SnapshotMeta meta, ByteBuffer target) {
        put(meta.position(), target);
        target.putLong(meta.stampMicros()).putLong(meta.sizeBytes());
        meta.sha256().writeTo(target);
        Bytes configuration = meta.configuration().encode();
        target.putInt(configuration.length());
        configuration.writeTo(target);
    }

    private static void encodeAppend(AppendRequest append, ByteBuffer target) {
        put(append.previous(), target);
        target.putLong(append.commitIndex()).putLong(append.round()).putLong(append.everywhere());
        List<Entry> entries = append.entries();
        target.putInt(entries.size());
        long index = append.previous().index();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            index++;
            if (entry.index() != index) {
                throw new IllegalArgumentException(
                        "entry " + entry.index() + " follows " + (index - 1) + " in an append");
            }
            target.putLong(entry.term()).putLong(entry.stampMicros()).put(number(entry.kind()));
            target.putInt(entry.payload().length());
            entry.payload().writeTo(target);
        }
    }

    private static void put(LogPosition position, ByteBuffer target) {
        target.putLong(position.term()).putLong(position.index());
    }

    static PreVoteRequest preVoteRequest(FrameReader in) {
        return new PreVoteRequest(in.u63("term"), in.position("last log"));
    }

    static PreVoteReply preVoteReply(FrameReader in) {
        return new PreVoteReply(in.u63("term"), in.flag("granted"));
    }

    static VoteRequest voteRequest(FrameReader in) {
        return new VoteRequest(in.u63("term"), in.position("last log"), in.flag("handover"));
    }

    static VoteReply voteReply(FrameReader in) {
        return new VoteReply(in.u63("term"), in.flag("granted"));
    }

    static AppendRequest appendRequest(FrameReader in) {
        long term = in.u63("term");
        LogPosition previous = in.position("previous");
        long commitIndex = in.u63("commit index");
        long round = in.i64("round");
        long everywhere = in.u63("everywhere");
        int count = in.count("entry count", ENTRY_HEADER_BYTES);
        if (previous.index() > Long.MAX_VALUE - count) {
            throw new MalformedFrame("log index overflows after " + previous);
        }
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 1; i <= count; i++) {
            entries.add(
                    new Entry(
                            in.positive("entry term"),
                            previous.index() + i,
                            in.i64("stamp"),
                            kind(in.u8("entry kind")),
                            in.bytes("payload")));
        }
        return new AppendRequest(term, previous, entries, commitIndex, round, everywhere);
    }

    static AppendAccepted appendAccepted(FrameReader in) {
        return new AppendAccepted(in.u63("term"), in.u63("match index"), in.i64("round"));
    }

    static AppendRejected appendRejected(FrameReader in) {
        return new AppendRejected(
                in.u63("term"),
                in.u63("rejected index"),
                in.u63("hint term"),
                in.u63("hint index"),
                in.i64("round"));
    }

    static Heartbeat heartbeat(FrameReader in) {
        return new Heartbeat(
                in.u63("term"),
                in.u63("commit index"),
                in.i64("round"),
                in.u63("everywhere"),
                in.u63("lease"));
    }

    static HeartbeatReply heartbeatReply(FrameReader in) {
        return new HeartbeatReply(in.u63("term"), in.i64("round"));
    }

    static TimeoutNow timeoutNow(FrameReader in) {
        return new TimeoutNow(in.u63("term"));
    }

    static SnapshotOffer snapshotOffer(FrameReader in) {
        long term = in.u63("term");
        long round = in.i64("round");
        return new SnapshotOffer(term, meta(in), round);
    }

    private static SnapshotMeta meta(FrameReader in) {
        LogPosition position = in.position("snapshot");
        long stampMicros = in.i64("stamp");
        long sizeBytes = in.u63("size");
        Bytes sha256 = in.bytes("digest", SnapshotMeta.DIGEST_BYTES);
        Bytes configuration = in.bytes("configuration");
        try {
            return new SnapshotMeta(
                    position, stampMicros, Configuration.decode(configuration), sizeBytes, sha256);
        } catch (IllegalArgumentException e) {
            throw new MalformedFrame(String.valueOf(e.getMessage()));
        }
    }

    static ReadIndexRequest readIndexRequest(FrameReader in) {
        return new ReadIndexRequest(in.u63("term"), in.i64("key"), in.flag("lease"));
    }

    static ReadIndexReply readIndexReply(FrameReader in) {
        return new ReadIndexReply(in.u63("term"), in.i64("key"), in.u63("index"));
    }

    static Removed removed(FrameReader in) {
        return new Removed(in.u63("term"), in.u63("configuration index"));
    }

    private static byte number(Entry.Kind kind) {
        return switch (kind) {
            case NOOP -> 0;
            case COMMAND -> 1;
            case TICK -> 2;
            case CONFIGURATION -> 3;
            case SESSION_COMMAND -> 4;
        };
    }

    private static Entry.Kind kind(int number) {
        return switch (number) {
            case 0 -> Entry.Kind.NOOP;
            case 1 -> Entry.Kind.COMMAND;
            case 2 -> Entry.Kind.TICK;
            case 3 -> Entry.Kind.CONFIGURATION;
            case 4 -> Entry.Kind.SESSION_COMMAND;
            default -> throw new MalformedFrame("unknown entry kind " + number);
        };
    }
}
