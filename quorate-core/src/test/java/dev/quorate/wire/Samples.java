package dev.quorate.wire;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftMessage;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage.Answer;
import dev.quorate.wire.PeerMessage.Forward;
import dev.quorate.wire.PeerMessage.RequestKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message of every shape, by the name of its golden file.
final class Samples {
    private Samples() {}

    static Map<String, PeerMessage> all() {
        LogPosition last = new LogPosition(6, 41);
        Map<String, PeerMessage> all = new LinkedHashMap<>();
        all.put("pre-vote-request", raft(new RaftMessage.PreVoteRequest(7, last)));
        all.put("pre-vote-reply", raft(new RaftMessage.PreVoteReply(7, true)));
        all.put("vote-request", raft(new RaftMessage.VoteRequest(7, last, true)));
        all.put("timeout-now", raft(new RaftMessage.TimeoutNow(7)));
        all.put(
                "leads",
                new PeerMessage.Leads(
                        List.of(
                                new PeerMessage.Leads.Claim(new GroupId(3), 7),
                                new PeerMessage.Leads.Claim(new GroupId(300), 12))));
        all.put("vote-reply", raft(new RaftMessage.VoteReply(7, false)));
        all.put(
                "append-request",
                raft(
                        new RaftMessage.AppendRequest(
                                7,
                                last,
                                List.of(
                                        entry(42, Entry.Kind.NOOP, ""),
                                        entry(43, Entry.Kind.COMMAND, "SET k v"),
                                        entry(44, Entry.Kind.TICK, "")),
                                40,
                                9,
                                30)));
        all.put(
                "append-request-probe",
                raft(new RaftMessage.AppendRequest(7, last, List.of(), 40, 9, 30)));
        all.put("append-accepted", raft(new RaftMessage.AppendAccepted(7, 44, 9)));
        all.put("append-rejected", raft(new RaftMessage.AppendRejected(7, 41, 5, 38, 9)));
        all.put("heartbeat", raft(new RaftMessage.Heartbeat(7, 40, 10, 30, 360_000_000)));
        all.put("heartbeat-reply", raft(new RaftMessage.HeartbeatReply(7, 10)));
        all.put("snapshot-offer", raft(new RaftMessage.SnapshotOffer(7, snapshot(), 10)));
        all.put("read-index-request", raft(new RaftMessage.ReadIndexRequest(7, 55, true)));
        all.put("read-index-reply", raft(new RaftMessage.ReadIndexReply(7, 55, 40)));
        all.put("removed", raft(new RaftMessage.Removed(7, 39)));
        all.put("forward-session-write", forward(RequestKind.SESSION_WRITE));
        all.put("forward-write", forward(RequestKind.WRITE));
        all.put("forward-read", forward(RequestKind.READ));
        all.put(
                "answer-applied",
                answer(new Outcome.Applied(last, 77, Outcome.Served.WRITTEN, Bytes.utf8("OK"))));
        all.put("answer-rejected", answer(rejected(new NodeId(2))));
        all.put("answer-rejected-no-leader", answer(rejected(null)));
        all.put("answer-unknown", answer(new Outcome.Unknown("the leader went away – halfway")));
        all.put("here", new PeerMessage.Here(7, "127.0.0.1:7000"));
        all.put("gossip", new PeerMessage.Gossip(Bytes.utf8("a datagram")));
        all.put("clock-ask", new PeerMessage.ClockAsk(12_345));
        all.put("clock-told", new PeerMessage.ClockTold(12_345, 1_800_000_000_000_000L));
        all.put("cancel", new PeerMessage.Cancel(99));
        all.put(
                "invitation",
                new PeerMessage.Invitation(
                        new ReplicaId(50),
                        List.of(
                                new Member(new NodeId(1), new ReplicaId(1)),
                                new Member(new NodeId(2), new ReplicaId(2)))));
        all.put(
                "refusal",
                new PeerMessage.Refusal(
                        200,
                        new Outcome.Rejected(
                                Outcome.Code.INVALID,
                                Outcome.Retry.NEVER,
                                null,
                                "the frame was not taken: unknown frame type 200")));
        return all;
    }

    private static SnapshotMeta snapshot() {
        Member one = new Member(new NodeId(1), new ReplicaId(11));
        Member two = new Member(new NodeId(2), new ReplicaId(12));
        Member three = new Member(new NodeId(3), new ReplicaId(13));
        return new SnapshotMeta(
                new LogPosition(6, 41),
                1_700_000_000_000_041L,
                new Configuration(List.of(one, two), List.of(one), List.of(three)),
                1 << 20,
                Bytes.wrap(new byte[SnapshotMeta.DIGEST_BYTES]));
    }

    private static Outcome.Rejected rejected(@Nullable NodeId leader) {
        return new Outcome.Rejected(
                Outcome.Code.NOT_LEADER, Outcome.Retry.REDIRECT, leader, "n2 leads g3");
    }

    private static PeerMessage raft(RaftMessage message) {
        return new PeerMessage.Raft(new GroupId(3), new ReplicaId(11), new ReplicaId(12), message);
    }

    private static PeerMessage forward(RequestKind kind) {
        ReadLevel level =
                kind == RequestKind.READ ? new ReadLevel.Bounded(7_000) : ReadLevel.LINEARIZABLE;
        return new Forward(99, new GroupId(3), kind, level, 2_500_000, Bytes.utf8("INCR n"));
    }

    private static PeerMessage answer(Outcome outcome) {
        return new Answer(99, outcome);
    }

    private static Entry entry(long index, Entry.Kind kind, String payload) {
        return new Entry(7, index, 1_700_000_000_000_000L + index, kind, Bytes.utf8(payload));
    }
}
