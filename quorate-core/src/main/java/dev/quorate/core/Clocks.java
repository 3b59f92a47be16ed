package dev.quorate.core;

import static dev.quorate.raft.RaftConfig.Timing.CLOCK_SKEW_MICROS_MAX;

import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.raft.RaftInput;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage.ClockAsk;
import dev.quorate.wire.PeerMessage.ClockTold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Whether this node's wall clock is to be believed, for log time depends on it (rule R14).
///
/// It is, as long as it agrees with the middle one of the clocks of its peers and its own, which
/// they tell when asked. Where it does not, it is corrected to that. A clock that jumps between two
/// looks is not believed before the peers have spoken again; until then it goes on with the
/// monotonic clock. Of two clocks that differ the earlier is believed: a key that lives too long
/// does less harm than one that expires too early.
final class Clocks {
    /// Beats between two questions.
    private static final int PERIOD_BEATS = 10;

    /// An answer counts for so many periods.
    private static final int FRESH_PERIODS = 3;

    /// Peers that are asked: those that come next in the order of ids, so that all are asked by
    /// somebody.
    private static final int PEERS_MAX = 9;

    /// @param offsetMicros how far the peer's clock is ahead of ours
    private record Sample(long askedNanos, long heardNanos, long offsetMicros) {}

    private final NodeId self;
    private final Turn turn;
    private final long beatNanos;
    private final long periodNanos;
    private final Map<NodeId, Sample> samples = new TreeMap<>();
    private List<NodeId> peers = List.of();
    private Moment last;
    private long askedNanos;
    private long jumpedNanos;
    private long nextNanos;
    private RaftInput.Clock judged = RaftInput.Clock.UNKNOWN;
    private boolean news;

    Clocks(NodeId self, long heartbeatNanos, Moment now, Turn turn) {
        this.self = self;
        this.turn = turn;
        this.beatNanos = heartbeatNanos;
        this.periodNanos = PERIOD_BEATS * heartbeatNanos;
        this.last = now;
        this.askedNanos = now.nanos();
        this.jumpedNanos = now.nanos();
        this.nextNanos = now.nanos();
    }

    /// When [#ask] wants to be called again.
    long nextDeadlineNanos() {
        return nextNanos;
    }

    /// What is known of the clocks, if that is news.
    RaftInput.@Nullable Clock takeNews() {
        boolean was = news;
        news = false;
        return was ? judged : null;
    }

    /// What is known of the clocks.
    RaftInput.Clock judged() {
        return judged;
    }

    /// Takes notice of the time, at every step.
    void notice() {
        Moment now = turn.now();
        long ranMicros = (now.nanos() - last.nanos()) / 1_000;
        long outran = now.wallMicros() - last.wallMicros() - ranMicros;
        last = now;
        if (differs(outran)) {
            samples.clear();
            jumpedNanos = now.nanos();
            nextNanos = now.nanos();
            long correction = judged.correctionMicros() - outran;
            settle(new RaftInput.Clock(correction, judged.off(), judged.known()));
        }
    }

    /// Asks the peers, if it is time to, and judges by what the last question brought.
    void ask(MetadataView view, List<HostedGroup> hosted) {
        long now = turn.now().nanos();
        if (now - nextNanos < 0) {
            return;
        }
        peers = next(view, hosted);
        judge();
        nextNanos = now + (peers.isEmpty() ? beatNanos : periodNanos);
        askedNanos = now;
        for (NodeId peer : peers) {
            turn.emit(new NodeEffect.Send(peer, new ClockAsk(now)));
        }
    }

    private List<NodeId> next(MetadataView view, List<HostedGroup> hosted) {
        TreeSet<NodeId> nodes = new TreeSet<>();
        for (NodeInfo node : view.topology().nodes()) {
            nodes.add(node.id());
        }
        if (nodes.isEmpty()) {
            // nothing of group 0 is applied yet, and nothing may be if it is led by a wrong clock
            for (HostedGroup group : hosted) {
                for (Member member : group.raft().configuration().everyone()) {
                    nodes.add(member.node());
                }
            }
        }
        List<NodeId> ring = new ArrayList<>(nodes.tailSet(self, false));
        ring.addAll(nodes.headSet(self));
        return List.copyOf(ring.subList(0, Math.min(PEERS_MAX, ring.size())));
    }

    void asked(NodeId from, ClockAsk ask) {
        turn.emit(
                new NodeEffect.Send(
                        from, new ClockTold(ask.askedNanos(), turn.now().wallMicros())));
    }

    /// A peer has answered. An answer that took long, or was asked for before our own clock jumped,
    /// says nothing.
    void told(NodeId from, ClockTold told) {
        Moment now = turn.now();
        long tookMicros = (now.nanos() - told.askedNanos()) / 1_000;
        if (!peers.contains(from)
                || told.askedNanos() - jumpedNanos < 0
                || tookMicros < 0
                || tookMicros > CLOCK_SKEW_MICROS_MAX) {
            return;
        }
        long offset = told.wallMicros() + tookMicros / 2 - now.wallMicros();
        samples.put(from, new Sample(told.askedNanos(), now.nanos(), offset));
        for (NodeId peer : peers) {
            Sample sample = samples.get(peer);
            if (sample == null || sample.askedNanos() != askedNanos) {
                return;
            }
        }
        judge();
    }

    private void judge() {
        long since = turn.now().nanos() - FRESH_PERIODS * periodNanos;
        samples.keySet().retainAll(peers);
        samples.values().removeIf(sample -> sample.heardNanos() - since < 0);
        int known = samples.size() + 1;
        if (2 * known <= peers.size() + 1) {
            return;
        }
        long middle = middle();
        List<NodeId> off = new ArrayList<>();
        if (differs(middle)) {
            off.add(self);
        }
        samples.forEach((peer, sample) -> {
            if (differs(sample.offsetMicros() - middle)) {
                off.add(peer);
            }
        });
        settle(new RaftInput.Clock(differs(middle) ? middle : 0, off));
    }

    private long middle() {
        long[] offsets = new long[samples.size() + 1];
        int count = 0;
        for (Sample sample : samples.values()) {
            offsets[++count] = sample.offsetMicros();
        }
        Arrays.sort(offsets);
        return offsets[count / 2];
    }

    private void settle(RaftInput.Clock next) {
        boolean wasOff = judged.off().contains(self);
        boolean isOff = next.off().contains(self);
        long moved = Math.abs(next.correctionMicros() - judged.correctionMicros());
        if (next.off().equals(judged.off()) && isOff && moved < CLOCK_SKEW_MICROS_MAX / 2) {
            return; // measured anew, and much the same
        }
        news |= !next.equals(judged);
        judged = next;
        turn.correction(next.correctionMicros());
        if (wasOff != isOff) {
            turn.trace(new Trace.ClockOff(isOff ? next.correctionMicros() : 0));
        }
    }

    private static boolean differs(long micros) {
        return micros > CLOCK_SKEW_MICROS_MAX || micros < -CLOCK_SKEW_MICROS_MAX;
    }
}
