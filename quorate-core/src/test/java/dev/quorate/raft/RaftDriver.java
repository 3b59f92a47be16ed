package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Persist;
import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One replica of three under a test's hand: every step is followed by a flush, and the effects of
/// the latest one are kept.
final class RaftDriver {
    static final NodeId N1 = new NodeId(1);
    static final NodeId N2 = new NodeId(2);
    static final NodeId N3 = new NodeId(3);
    static final RaftConfig.Timing TIMING =
            new RaftConfig.Timing(Duration.ofMillis(100), Duration.ofMillis(400));

    final List<RaftEffect> effects = new ArrayList<>();
    final Raft raft;
    final Credits credits = new Credits(1_000, 1_000);
    long nowMillis = 1_000;
    private long lastTicket;

    RaftDriver(Restored restored) {
        this(restored, RaftConfig.Limits.DEFAULT);
    }

    RaftDriver(Restored restored, RaftConfig.Limits limits) {
        this(restored, limits, N1);
    }

    private RaftDriver(Restored restored, RaftConfig.Limits limits, NodeId preferred) {
        RaftConfig config = new RaftConfig(N1, List.of(N1, N2, N3), preferred, TIMING, limits);
        raft = new Raft(config, new Random(7), now(), restored);
        step(new RaftInput.Opened(restored.compacted().index()));
    }

    static RaftDriver fresh() {
        return new RaftDriver(Restored.NOTHING);
    }

    /// A group that another node should lead.
    static RaftDriver preferring(NodeId preferred) {
        return new RaftDriver(Restored.NOTHING, RaftConfig.Limits.DEFAULT, preferred);
    }

    Moment now() {
        return new Moment(nowMillis * 1_000_000, nowMillis * 1_000);
    }

    RaftDriver step(RaftInput input) {
        effects.clear();
        raft.step(now(), input, credits, effects::add);
        raft.flush(now(), credits, effects::add);
        for (Persist persist : persists()) {
            lastTicket = persist.ticket();
        }
        return this;
    }

    RaftDriver receive(NodeId from, RaftMessage message) {
        return step(new RaftInput.Received(from, message));
    }

    RaftDriver propose(String command) {
        return step(new RaftInput.Propose(1, Bytes.utf8(command)));
    }

    /// Lets time pass until the replica wants to be woken, and wakes it.
    RaftDriver timeout() {
        nowMillis = raft.nextDeadlineNanos() / 1_000_000 + 1;
        return step(new RaftInput.Wakeup());
    }

    /// Completes all writes; what follows from that is kept in `effects`.
    RaftDriver persistAll() {
        return step(new RaftInput.Persisted(lastTicket));
    }

    /// Makes it the leader of term 1 with its first entry at index 1, durable on itself and N2.
    RaftDriver elect() {
        timeout();
        receive(N2, new RaftMessage.PreVoteReply(raft.term() + 1, true));
        persistAll();
        receive(N2, new RaftMessage.VoteReply(raft.term(), true));
        persistAll();
        receive(N2, new RaftMessage.AppendAccepted(raft.term(), raft.lastPosition().index(), 0));
        return this;
    }

    List<RaftMessage> sentTo(NodeId peer) {
        return effects.stream()
                .filter(effect -> effect instanceof Send send && send.to().equals(peer))
                .map(effect -> ((Send) effect).message())
                .toList();
    }

    List<Persist> persists() {
        return effects.stream().filter(Persist.class::isInstance).map(Persist.class::cast).toList();
    }

    List<Long> applied() {
        return effects.stream()
                .filter(RaftEffect.Apply.class::isInstance)
                .flatMap(effect -> ((RaftEffect.Apply) effect).entries().stream())
                .map(Entry::index)
                .toList();
    }

    static Entry entry(long term, long index, String command) {
        return new Entry(term, index, index, Entry.Kind.COMMAND, Bytes.utf8(command));
    }

    static RaftMessage.AppendRequest append(
            long term, LogPosition previous, long commit, Entry... entries) {
        return new RaftMessage.AppendRequest(term, previous, List.of(entries), commit, 0, 0);
    }
}
