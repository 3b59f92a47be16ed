package dev.quorate.wire;

import dev.quorate.raft.Configuration;
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
import org.jspecify.annotations.Nullable;

/// The table of what travels between nodes: number on the wire, lane, whether it may be sent again,
/// largest size, and who understands it.
///
/// Numbers are never reused. `0xF0` and above belong to the link itself.
public enum FrameType {
    /// [PreVoteRequest].
    PRE_VOTE_REQUEST(1, LaneClass.URGENT, Resend.SAFE, 50),
    /// [PreVoteReply].
    PRE_VOTE_REPLY(2, LaneClass.URGENT, Resend.SAFE, 35),
    /// [VoteRequest].
    VOTE_REQUEST(3, LaneClass.URGENT, Resend.SAFE, 51),
    /// [VoteReply].
    VOTE_REPLY(4, LaneClass.URGENT, Resend.SAFE, 35),
    /// [AppendRequest].
    APPEND_REQUEST(5, LaneClass.BY_GROUP, Resend.SAFE, PeerCodec.FRAME_BYTES_MAX),
    /// [AppendAccepted].
    APPEND_ACCEPTED(6, LaneClass.BY_GROUP, Resend.SAFE, 50),
    /// [AppendRejected].
    APPEND_REJECTED(7, LaneClass.BY_GROUP, Resend.SAFE, 66),
    /// [Heartbeat].
    HEARTBEAT(8, LaneClass.URGENT, Resend.SAFE, 66),
    /// [HeartbeatReply].
    HEARTBEAT_REPLY(9, LaneClass.URGENT, Resend.SAFE, 42),
    /// [TimeoutNow].
    TIMEOUT_NOW(10, LaneClass.URGENT, Resend.ONCE, 34),
    /// [SnapshotOffer].
    SNAPSHOT_OFFER(11, LaneClass.BY_GROUP, Resend.SAFE, 110 + Configuration.ENCODED_BYTES_MAX),
    /// [ReadIndexRequest].
    READ_INDEX_REQUEST(12, LaneClass.URGENT, Resend.SAFE, 43),
    /// [ReadIndexReply].
    READ_INDEX_REPLY(13, LaneClass.URGENT, Resend.SAFE, 50),
    /// [Removed].
    REMOVED(14, LaneClass.URGENT, Resend.SAFE, 42),
    /// [Forward] of a write.
    FORWARD_WRITE(16, LaneClass.BY_GROUP, Resend.ONCE, PeerCodec.FRAME_BYTES_MAX),
    /// [Forward] of a read.
    FORWARD_READ(17, LaneClass.URGENT, Resend.SAFE, PeerCodec.FRAME_BYTES_MAX),
    /// [Answer].
    ANSWER(18, LaneClass.BY_REQUEST, Resend.SAFE, PeerCodec.FRAME_BYTES_MAX),
    /// [Leads].
    LEADS(19, LaneClass.URGENT, Resend.SAFE, 6 + 16 * Leads.CLAIMS_MAX),
    /// [Cancel].
    CANCEL(20, LaneClass.URGENT, Resend.SAFE, 10, Feature.CANCELLATION),
    /// [Refusal].
    REFUSAL(21, LaneClass.URGENT, Resend.SAFE, 2 + 1 + OutcomeCodec.BYTES_MAX, Feature.REFUSALS),
    /// [Forward] of a write with a session.
    FORWARD_SESSION_WRITE(22, LaneClass.BY_GROUP, Resend.SAFE, PeerCodec.FRAME_BYTES_MAX),
    /// [Invitation].
    INVITATION(23, LaneClass.URGENT, Resend.SAFE, 2 + 8 + 4 + 16 * Invitation.FOUNDERS_MAX),
    /// [Gossip].
    GOSSIP(24, LaneClass.URGENT, Resend.SAFE, 2 + 4 + Gossip.BYTES_MAX, Feature.GOSSIP),
    /// [Here].
    HERE(
            25,
            LaneClass.URGENT,
            Resend.SAFE,
            2 + 8 + 4 + 4 * Here.ADDRESS_LENGTH_MAX,
            Feature.WHEREABOUTS),
    /// [ClockAsk].
    CLOCK_ASK(26, LaneClass.URGENT, Resend.SAFE, 10, Feature.CLOCKS),
    /// [ClockTold].
    CLOCK_TOLD(27, LaneClass.URGENT, Resend.SAFE, 18, Feature.CLOCKS);

    /// Whether a frame that may or may not have arrived may be sent again.
    public enum Resend {
        /// A second one does no harm.
        SAFE,
        /// A second one may do a thing twice.
        ONCE,
    }

    /// How a lane is chosen.
    public enum LaneClass {
        /// Lane 0: never behind bulk.
        URGENT,
        /// Hashed by group over the other lanes, so that a group's frames keep their order.
        BY_GROUP,
        /// Hashed by request over the other lanes: order does not matter.
        BY_REQUEST,
    }

    private static final @Nullable FrameType[] BY_NUMBER = byNumber();

    private final int number;
    private final LaneClass laneClass;
    private final Resend resend;
    private final int bytesMax;
    private final @Nullable Feature gate;

    FrameType(int number, LaneClass laneClass, Resend resend, int bytesMax) {
        this(number, laneClass, resend, bytesMax, null);
    }

    FrameType(
            int number, LaneClass laneClass, Resend resend, int bytesMax, @Nullable Feature gate) {
        this.number = number;
        this.laneClass = laneClass;
        this.resend = resend;
        this.bytesMax = bytesMax;
        this.gate = gate;
    }

    private static @Nullable FrameType[] byNumber() {
        @Nullable FrameType[] table = new FrameType[256];
        for (FrameType type : values()) {
            table[type.number] = type;
        }
        return table;
    }

    /// The number on the wire.
    public int number() {
        return number;
    }

    /// How its lane is chosen.
    public LaneClass laneClass() {
        return laneClass;
    }

    /// Whether it may be sent again when nobody knows whether it arrived.
    public Resend resend() {
        return resend;
    }

    /// What a peer must have to be sent this type; null for types that all have.
    public @Nullable Feature gate() {
        return gate;
    }

    /// The longest frame of this type, in bytes, its length prefix not counted.
    public int bytesMax() {
        return bytesMax;
    }

    /// The type of a message.
    public static FrameType of(PeerMessage message) {
        return switch (message) {
            case Raft raft -> of(raft.message());
            case Forward forward ->
                    switch (forward.kind()) {
                        case READ -> FORWARD_READ;
                        case WRITE -> FORWARD_WRITE;
                        case SESSION_WRITE -> FORWARD_SESSION_WRITE;
                    };
            case Answer _ -> ANSWER;
            case Leads _ -> LEADS;
            case Cancel _ -> CANCEL;
            case Refusal _ -> REFUSAL;
            case Gossip _ -> GOSSIP;
            case Here _ -> HERE;
            case Invitation _ -> INVITATION;
            case ClockAsk _ -> CLOCK_ASK;
            case ClockTold _ -> CLOCK_TOLD;
        };
    }

    private static FrameType of(RaftMessage message) {
        return switch (message) {
            case PreVoteRequest _ -> PRE_VOTE_REQUEST;
            case PreVoteReply _ -> PRE_VOTE_REPLY;
            case VoteRequest _ -> VOTE_REQUEST;
            case VoteReply _ -> VOTE_REPLY;
            case AppendRequest _ -> APPEND_REQUEST;
            case AppendAccepted _ -> APPEND_ACCEPTED;
            case AppendRejected _ -> APPEND_REJECTED;
            case Heartbeat _ -> HEARTBEAT;
            case HeartbeatReply _ -> HEARTBEAT_REPLY;
            case TimeoutNow _ -> TIMEOUT_NOW;
            case SnapshotOffer _ -> SNAPSHOT_OFFER;
            case ReadIndexRequest _ -> READ_INDEX_REQUEST;
            case ReadIndexReply _ -> READ_INDEX_REPLY;
            case Removed _ -> REMOVED;
        };
    }

    /// The lane a message travels on.
    ///
    /// @param lanes how many lanes a link has; at least 2
    public static int lane(PeerMessage message, int lanes) {
        return switch (of(message).laneClass) {
            case URGENT -> 0;
            case BY_GROUP, BY_REQUEST ->
                    switch (message) {
                        case Raft raft -> bulkLane(raft.group().value(), lanes);
                        case Forward forward -> bulkLane(forward.group().value(), lanes);
                        case Answer answer -> bulkLane(answer.requestId(), lanes);
                        case Leads _,
                                Cancel _,
                                Refusal _,
                                Gossip _,
                                Here _,
                                Invitation _,
                                ClockAsk _,
                                ClockTold _ ->
                                0;
                    };
        };
    }

    private static int bulkLane(long key, int lanes) {
        return 1 + (int) Long.remainderUnsigned(key, lanes - 1L);
    }

    /// The type with this number, or null if this version knows none.
    static @Nullable FrameType ofNumber(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }
}
