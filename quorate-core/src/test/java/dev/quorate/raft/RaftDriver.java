package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Persist;
import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// One replica of three under a test's hand: every step is followed by a flush, and the effects of
/// the latest one are kept.
final class RaftDriver {
    static final Member N1 = member(1);
    static final Member N2 = member(2);
    static final Member N3 = member(3);
    static final Member N4 = member(4);
    static final Configuration THREE = Configuration.of(List.of(N1, N2, N3));
    static final long LEASE_NANOS = 360_000_000;
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

    private RaftDriver(Restored restored, RaftConfig.Limits limits, Member preferred) {
        this(restored, limits, preferred, THREE);
    }

    private RaftDriver(
            Restored restored, RaftConfig.Limits limits, Member preferred, Configuration initial) {
        RaftConfig config = new RaftConfig(N1, initial, preferred.replica(), TIMING, limits);
        raft = new Raft(config, new Random(7), now(), restored);
        step(new RaftInput.Opened(restored.compacted().index()));
    }

    /// A replica of a group that may not know it yet.
    static RaftDriver within(Configuration initial) {
        return new RaftDriver(Restored.NOTHING, RaftConfig.Limits.DEFAULT, N1, initial);
    }

    static Member member(long id) {
        return new Member(new NodeId(id), new ReplicaId(100 + id));
    }

    static HardState hard(long term, @Nullable Member votedFor) {
        return new HardState(term, votedFor == null ? null : votedFor.replica(), 0);
    }

    static Restored restored(
            HardState hardState,
            LogPosition compacted,
            List<Restored.TermStart> terms,
            long lastIndex,
            long lastStampMicros) {
        return new Restored(
                hardState,
                compacted,
                terms,
                lastIndex,
                lastStampMicros,
                compacted.index() == 0
                        ? List.of()
                        : List.of(new Restored.Configured(compacted.index(), THREE)),
                null);
    }

    static RaftMessage.Heartbeat beat(long term, long commit, long round, long everywhere) {
        return new RaftMessage.Heartbeat(term, commit, round, everywhere, LEASE_NANOS);
    }

    static RaftDriver fresh() {
        return new RaftDriver(Restored.NOTHING);
    }

    /// A group that another node should lead.
    static RaftDriver preferring(Member preferred) {
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

    RaftDriver receive(Member from, RaftMessage message) {
        return step(new RaftInput.Received(from, message));
    }

    RaftDriver propose(String command) {
        return step(new RaftInput.Propose(1, Entry.Kind.COMMAND, Bytes.utf8(command)));
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

    List<RaftMessage> sentTo(Member peer) {
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
