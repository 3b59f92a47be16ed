package dev.quorate.wire;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.raft.RaftMessage;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage.Answer;
import dev.quorate.wire.PeerMessage.Cancel;
import dev.quorate.wire.PeerMessage.ClockAsk;
import dev.quorate.wire.PeerMessage.ClockTold;
import dev.quorate.wire.PeerMessage.Forward;
import dev.quorate.wire.PeerMessage.Gossip;
import dev.quorate.wire.PeerMessage.Here;
import dev.quorate.wire.PeerMessage.Invitation;
import dev.quorate.wire.PeerMessage.Leads;
import dev.quorate.wire.PeerMessage.Raft;
import dev.quorate.wire.PeerMessage.Refusal;
import dev.quorate.wire.PeerMessage.RequestKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns what nodes say to each other into frames and back; laid out in `docs/formats/wire.md`.
///
/// A frame is a 32-bit length of what follows, a type, flags, the header fields that the flags
/// announce, and a body of fixed-width little-endian fields. The header can be read even if the
/// type is unknown, so a request is answered in any case. Stateless; callable from any thread.
public final class PeerCodec {
    /// Longest frame, in bytes, its length prefix not counted.
    public static final int FRAME_BYTES_MAX = 4 << 20;

    /// Longest command or query, in bytes: one always fits a frame with everything around it.
    public static final int PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - 1024;

    private static final int PREFIX_BYTES = 4;
    private static final int HEADER_BYTES = 2;
    private static final int REPLICAS_BYTES = 24;
    private static final int FORWARD_BYTES = 12;
    private static final int LEVEL_BYTES = 9;
    private static final int REQUEST_ID = 1;
    private static final int DEADLINE = 2;

    private PeerCodec() {}

    /// What [#encode] will write, in bytes, the length prefix included. More than `4 +
    /// FRAME_BYTES_MAX` means that the message cannot be sent.
    public static int encodedBytes(PeerMessage message) {
        int body =
                switch (message) {
                    case Raft raft -> REPLICAS_BYTES + RaftCodec.encodedBytes(raft.message());
                    case Forward forward ->
                            FORWARD_BYTES
                                    + (forward.kind() == RequestKind.READ ? LEVEL_BYTES : 0)
                                    + forward.payload().length();
                    case Answer answer -> OutcomeCodec.encodedBytes(answer.outcome());
                    case Leads leads -> 4 + 16 * leads.claims().size();
                    case Cancel _ -> 0;
                    case Refusal refusal -> 1 + OutcomeCodec.encodedBytes(refusal.why());
                    case Gossip gossip -> 4 + gossip.datagram().length();
                    case Here here -> 12 + Bytes.utf8(here.linksAddress()).length();
                    case Invitation invitation -> 12 + 16 * invitation.founders().size();
                    case ClockAsk _ -> 8;
                    case ClockTold _ -> 16;
                };
        return PREFIX_BYTES + HEADER_BYTES + 8 * Integer.bitCount(flags(message)) + body;
    }

    /// Appends one frame, length prefix first. Leaves `target` little-endian.
    ///
    /// @throws IllegalArgumentException if the frame would be longer than [#FRAME_BYTES_MAX], or
    ///   the entries of an append do not follow each other
    /// @throws java.nio.BufferOverflowException if `target` has less than
    ///   [#encodedBytes(PeerMessage)] left
    public static void encode(PeerMessage message, ByteBuffer target) {
        int length = encodedBytes(message) - PREFIX_BYTES;
        FrameType type = FrameType.of(message);
        if (length > type.bytesMax()) {
            throw new IllegalArgumentException(
                    type + " of " + length + " bytes; at most " + type.bytesMax() + " can travel");
        }
        target.order(ByteOrder.LITTLE_ENDIAN);
        target.putInt(length).put((byte) type.number()).put((byte) flags(message));
        switch (message) {
            case Raft(GroupId group, ReplicaId from, ReplicaId to, RaftMessage said) -> {
                target.putLong(group.value()).putLong(from.value()).putLong(to.value());
                RaftCodec.encode(said, target);
            }
            case Forward forward -> {
                target.putLong(forward.requestId()).putLong(forward.remainingMicros());
                target.putLong(forward.group().value());
                if (forward.kind() == RequestKind.READ) {
                    putLevel(forward.level(), target);
                }
                target.putInt(forward.payload().length());
                forward.payload().writeTo(target);
            }
            case Answer answer -> {
                target.putLong(answer.requestId());
                OutcomeCodec.encode(answer.outcome(), target);
            }
            case Leads(List<Leads.Claim> claims) -> {
                target.putInt(claims.size());
                for (Leads.Claim claim : claims) {
                    target.putLong(claim.group().value()).putLong(claim.term());
                }
            }
            case Cancel(long requestId) -> target.putLong(requestId);
            case Refusal(int frameType, Outcome.Rejected why) -> {
                target.put((byte) frameType);
                OutcomeCodec.encode(why, target);
            }
            case Gossip(Bytes datagram) -> {
                target.putInt(datagram.length());
                datagram.writeTo(target);
            }
            case Here(long bootEpoch, String address) -> {
                Bytes text = Bytes.utf8(address);
                target.putLong(bootEpoch).putInt(text.length());
                text.writeTo(target);
            }
            case Invitation(ReplicaId replica, List<Member> founders) -> {
                target.putLong(replica.value()).putInt(founders.size());
                for (Member founder : founders) {
                    target.putLong(founder.node().value()).putLong(founder.replica().value());
                }
            }
            case ClockAsk(long askedNanos) -> target.putLong(askedNanos);
            case ClockTold(long askedNanos, long wallMicros) ->
                    target.putLong(askedNanos).putLong(wallMicros);
        }
    }

    private static int flags(PeerMessage message) {
        return switch (message) {
            case Forward _ -> REQUEST_ID | DEADLINE;
            case Answer _, Cancel _ -> REQUEST_ID;
            case Raft _,
                    Leads _,
                    Refusal _,
                    Gossip _,
                    Here _,
                    Invitation _,
                    ClockAsk _,
                    ClockTold _ ->
                    0;
        };
    }

    /// Reads one frame, without its length prefix; the buffer is left as it was.
    ///
    /// Total: whatever the bytes are, the answer is a message or [MalformedFrame], and nothing is
    /// allocated beyond a small multiple of what was received.
    ///
    /// @throws MalformedFrame if the bytes are no message of ours
    public static PeerMessage decode(ByteBuffer frame) {
        FrameReader in = new FrameReader(frame);
        int number = in.u8("type");
        Header header = header(in);
        FrameType type = FrameType.ofNumber(number);
        if (type == null) {
            throw new MalformedFrame("unknown frame type " + number);
        }
        if (frame.remaining() > type.bytesMax()) {
            throw new MalformedFrame(type + " of " + frame.remaining() + " bytes");
        }
        if (header.flags != expected(type)) {
            throw new MalformedFrame(type + " with flags " + header.flags);
        }
        PeerMessage message = body(type, header, in);
        in.end();
        return message;
    }

    /// What to answer to a frame that [#decode] did not take; null if its header cannot be read
    /// either, or it is itself an answer.
    public static @Nullable PeerMessage refusal(ByteBuffer frame, MalformedFrame why) {
        FrameReader in = new FrameReader(frame);
        try {
            int number = in.u8("type");
            Header header = header(in);
            FrameType type = FrameType.ofNumber(number);
            if (type == FrameType.ANSWER || type == FrameType.REFUSAL || type == FrameType.CANCEL) {
                return null;
            }
            Outcome.Rejected rejected =
                    new Outcome.Rejected(
                            Outcome.Code.INVALID,
                            Outcome.Retry.NEVER,
                            null,
                            "the frame was not taken: " + why.getMessage());
            return (header.flags & REQUEST_ID) != 0
                    ? new Answer(header.requestId, rejected)
                    : new Refusal(number, rejected);
        } catch (MalformedFrame hopeless) {
            return null;
        }
    }

    /// The fields between type and body; absent ones are 0.
    private record Header(int flags, long requestId, long remainingMicros) {}

    private static Header header(FrameReader in) {
        int flags = in.u8("flags");
        if ((flags & ~(REQUEST_ID | DEADLINE)) != 0) {
            throw new MalformedFrame("unknown flags " + flags);
        }
        return new Header(
                flags,
                (flags & REQUEST_ID) == 0 ? 0 : in.i64("request id"),
                (flags & DEADLINE) == 0 ? 0 : in.i64("remaining time"));
    }

    private static int expected(FrameType type) {
        return switch (type) {
            case FORWARD_WRITE, FORWARD_READ, FORWARD_SESSION_WRITE -> REQUEST_ID | DEADLINE;
            case ANSWER, CANCEL -> REQUEST_ID;
            default -> 0;
        };
    }

    private static PeerMessage body(FrameType type, Header header, FrameReader in) {
        return switch (type) {
            case FORWARD_WRITE -> forward(RequestKind.WRITE, header, in);
            case FORWARD_READ -> forward(RequestKind.READ, header, in);
            case FORWARD_SESSION_WRITE -> forward(RequestKind.SESSION_WRITE, header, in);
            case ANSWER -> new Answer(header.requestId, OutcomeCodec.decode(in));
            case LEADS -> leads(in);
            case CANCEL -> new Cancel(header.requestId);
            case REFUSAL -> refused(in);
            case GOSSIP -> new Gossip(in.bytes("datagram"));
            case HERE -> here(in);
            case INVITATION -> invitation(in);
            case CLOCK_ASK -> new ClockAsk(in.i64("asked at"));
            case CLOCK_TOLD -> new ClockTold(in.i64("asked at"), in.i64("wall clock"));
            case PRE_VOTE_REQUEST,
                    PRE_VOTE_REPLY,
                    VOTE_REQUEST,
                    VOTE_REPLY,
                    APPEND_REQUEST,
                    APPEND_ACCEPTED,
                    APPEND_REJECTED,
                    HEARTBEAT,
                    HEARTBEAT_REPLY,
                    TIMEOUT_NOW,
                    SNAPSHOT_OFFER,
                    READ_INDEX_REQUEST,
                    READ_INDEX_REPLY,
                    REMOVED ->
                    new Raft(
                            new GroupId(in.u63("group")),
                            new ReplicaId(in.positive("sending replica")),
                            new ReplicaId(in.positive("receiving replica")),
                            raftMessage(type, in));
        };
    }

    private static Refusal refused(FrameReader in) {
        int frameType = in.u8("frame type");
        if (OutcomeCodec.decode(in) instanceof Outcome.Rejected why) {
            return new Refusal(frameType, why);
        }
        throw new MalformedFrame("a refusal that refuses nothing");
    }

    private static Here here(FrameReader in) {
        long bootEpoch = in.positive("boot epoch");
        String address = in.bytes("address").toUtf8();
        if (address.length() > Here.ADDRESS_LENGTH_MAX) {
            throw new MalformedFrame("an address of " + address.length() + " characters");
        }
        return new Here(bootEpoch, address);
    }

    private static Invitation invitation(FrameReader in) {
        ReplicaId replica = new ReplicaId(in.positive("replica"));
        int count = in.count("number of founders", 16);
        if (count < 1 || count > Invitation.FOUNDERS_MAX) {
            throw new MalformedFrame("group 0 with " + count + " founders");
        }
        List<Member> founders = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            founders.add(
                    new Member(
                            new NodeId(in.positive("founder")),
                            new ReplicaId(in.positive("founding replica"))));
        }
        return new Invitation(replica, founders);
    }

    private static Forward forward(RequestKind kind, Header header, FrameReader in) {
        return new Forward(
                header.requestId,
                new GroupId(in.u63("group")),
                kind,
                kind == RequestKind.READ ? level(in) : ReadLevel.LINEARIZABLE,
                header.remainingMicros,
                in.bytes("payload"));
    }

    private static void putLevel(ReadLevel level, ByteBuffer target) {
        switch (level) {
            case ReadLevel.Linearizable() -> target.put((byte) 1).putLong(0);
            case ReadLevel.Lease() -> target.put((byte) 2).putLong(0);
            case ReadLevel.Bounded(long maxMicros) -> target.put((byte) 3).putLong(maxMicros);
            case ReadLevel.Local() -> target.put((byte) 4).putLong(0);
            case ReadLevel.Snapshot(long atMicros) -> target.put((byte) 5).putLong(atMicros);
        }
    }

    private static ReadLevel level(FrameReader in) {
        int number = in.u8("read level");
        long micros = in.u63("microseconds");
        return switch (number) {
            case 1 -> ReadLevel.LINEARIZABLE;
            case 2 -> ReadLevel.LEASE;
            case 3 -> new ReadLevel.Bounded(micros);
            case 4 -> ReadLevel.LOCAL;
            case 5 -> new ReadLevel.Snapshot(micros);
            default -> throw new MalformedFrame("unknown read level " + number);
        };
    }

    private static Leads leads(FrameReader in) {
        int count = in.count("number of groups", 16);
        if (count > Leads.CLAIMS_MAX) {
            throw new MalformedFrame(count + " claims to lead");
        }
        List<Leads.Claim> claims = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            claims.add(new Leads.Claim(new GroupId(in.u63("group")), in.u63("term")));
        }
        return new Leads(claims);
    }

    private static RaftMessage raftMessage(FrameType type, FrameReader in) {
        return switch (type) {
            case PRE_VOTE_REQUEST -> RaftCodec.preVoteRequest(in);
            case PRE_VOTE_REPLY -> RaftCodec.preVoteReply(in);
            case VOTE_REQUEST -> RaftCodec.voteRequest(in);
            case VOTE_REPLY -> RaftCodec.voteReply(in);
            case APPEND_REQUEST -> RaftCodec.appendRequest(in);
            case APPEND_ACCEPTED -> RaftCodec.appendAccepted(in);
            case APPEND_REJECTED -> RaftCodec.appendRejected(in);
            case HEARTBEAT -> RaftCodec.heartbeat(in);
            case HEARTBEAT_REPLY -> RaftCodec.heartbeatReply(in);
            case TIMEOUT_NOW -> RaftCodec.timeoutNow(in);
            case SNAPSHOT_OFFER -> RaftCodec.snapshotOffer(in);
            case READ_INDEX_REQUEST -> RaftCodec.readIndexRequest(in);
            case READ_INDEX_REPLY -> RaftCodec.readIndexReply(in);
            case REMOVED -> RaftCodec.removed(in);
            case FORWARD_WRITE,
                    FORWARD_READ,
                    FORWARD_SESSION_WRITE,
                    ANSWER,
                    LEADS,
                    CANCEL,
                    REFUSAL,
                    GOSSIP,
                    HERE,
                    INVITATION,
                    CLOCK_ASK,
                    CLOCK_TOLD ->
                    throw new IllegalStateException(type + " is no message between replicas");
        };
    }
}
