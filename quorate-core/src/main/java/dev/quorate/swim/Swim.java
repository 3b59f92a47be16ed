package dev.quorate.swim;

import dev.quorate.swim.Overlay.News;
import dev.quorate.swim.SwimEffect.LeaveCompleted;
import dev.quorate.swim.SwimInput.Leave;
import dev.quorate.swim.SwimInput.LinkDown;
import dev.quorate.swim.SwimInput.LinkUp;
import dev.quorate.swim.SwimInput.MembersChanged;
import dev.quorate.swim.SwimInput.Received;
import dev.quorate.swim.SwimInput.RttSample;
import dev.quorate.swim.SwimInput.Wakeup;
import dev.quorate.swim.SwimMessage.Ack;
import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.swim.SwimMessage.Nack;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.swim.SwimMessage.PingRequest;
import dev.quorate.swim.SwimMessage.Sync;
import dev.quorate.swim.SwimMessage.SyncReply;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One node's failure detector, as a deterministic machine: SWIM (Das, Gupta and Motivala, DSN
/// 2002) with the extensions of Lifeguard (arXiv 1707.00788).
///
/// It performs no I/O and never reads a clock: [#step] takes the time and one [SwimInput], and
/// emits [SwimEffect]s. Equal inputs, times and random seed give equal effects. It never changes
/// who the members are; what it believes of them is soft state and gone with the process.
///
/// Not thread-safe: one reactor owns it.
public final class Swim {
    private static final long IDLE_NANOS = Duration.ofHours(1).toNanos();

    private final SwimConfig config;
    private final Self self;
    private final Table table;
    private final Rumours rumours = new Rumours();
    private final LocalHealth health;
    private final Overlay overlay;
    private final Outbox outbox;
    private final Probing probing;
    private final Spreading spreading;
    private final Silence silence;
    private long membersVersion = -1;
    private long deadlineNanos;
    private long leaveNanos;
    private boolean left;
    private long heard;
    private long refused;
    private long stalls;

    /// A detector that knows nobody yet.
    ///
    /// @param cluster carried by every packet
    /// @param self the node this is
    /// @param incarnation its boot epoch, raised durably at this very start, and count 0; or what
    ///   [SwimEffect.RaiseIncarnation] said last, if that is greater
    /// @param random decides order and phases; nothing else
    /// @param start the time of construction
    public Swim(
            SwimConfig config,
            ClusterId cluster,
            NodeId self,
            Incarnation incarnation,
            RandomGenerator random,
            Moment start) {
        this.config = config;
        this.self = new Self(cluster, self, incarnation);
        table = new Table(random);
        health = new LocalHealth(config.isLifeguard() ? config.limits().localHealthMax() : 0);
        silence = new Silence(config, table, start);
        overlay = new Overlay(config, this.self, table, rumours, health, silence);
        outbox = new Outbox(config, this.self, table, rumours);
        probing =
                new Probing(
                        config, this.self, table, overlay, health, silence, outbox, random, start);
        spreading =
                new Spreading(config, this.self, table, rumours, outbox, silence, random, start);
        rumours.add(this.self.rumour());
        rearm(start);
    }

    /// Advances the detector by one input.
    public void step(Moment now, SwimInput input, SwimEffects out) {
        if (left) {
            deadlineNanos = now.nanos() + IDLE_NANOS;
            return;
        }
        watchForStalls(now);
        switch (input) {
            case MembersChanged(Members members) -> membersChanged(now, members);
            case Received(SwimPacket packet) -> received(now, packet, out);
            case LinkUp(NodeId peer) -> linkUp(now, peer, out);
            case LinkDown(NodeId peer) -> linkDown(now, peer, out);
            case RttSample(NodeId peer, long rttNanos) -> answered(now, peer, rttNanos, out);
            case Leave _ -> leave(now, out);
            case Wakeup _ -> wakeup(now, out);
        }
        rearm(now);
    }

    /// When [Wakeup] is due next, on the clock of [Moment#nanos()]: subtract before comparing.
    public long nextDeadlineNanos() {
        return deadlineNanos;
    }

    private void rearm(Moment now) {
        long earliest = now.nanos() + IDLE_NANOS;
        earliest = spreading.deadlineNanos(earliest);
        earliest = suspicionDeadlineNanos(now, earliest);
        if (!self.isLeaving()) {
            earliest = probing.deadlineNanos(earliest);
        } else if (leaveNanos - earliest < 0) {
            earliest = leaveNanos;
        }
        // what is due already is due now: it must not look as if this node had been late for it
        deadlineNanos = earliest - now.nanos() < 0 ? now.nanos() : earliest;
    }

    private long suspicionDeadlineNanos(Moment now, long otherwise) {
        long patienceNanos = silence.patienceEndNanos();
        if (!silence.isIsolated(now)) {
            return overlay.deadlineNanos(otherwise);
        }
        return patienceNanos - otherwise < 0 ? patienceNanos : otherwise;
    }

    /// Deadlines that passed long ago tell that this process stood still: answers and defences are
    /// waiting to be read. Nobody is to be blamed for that time but the node itself, which is the
    /// thought behind Lifeguard, seen directly.
    private void watchForStalls(Moment now) {
        long lateNanos = now.nanos() - deadlineNanos;
        if (config.isLifeguard() && lateNanos > config.timing().probeInterval().toNanos()) {
            stalls++;
            health.worsen(1);
            Duration late = Duration.ofNanos(lateNanos);
            silence.postpone(late);
            overlay.postpone(late);
            probing.postpone(now, late);
        }
    }

    private void wakeup(Moment now, SwimEffects out) {
        if (!silence.isIsolated(now)) {
            overlay.expire(now, out);
        }
        if (!self.isLeaving()) {
            probing.wakeup(now, out);
        }
        spreading.wakeup(now, out);
        if (self.isLeaving()) {
            completeLeave(now, out);
        }
    }

    /// Group 0's word on who belongs to the cluster: newcomers are presumed alive, whoever is gone
    /// is forgotten with everything that was known of it.
    private void membersChanged(Moment now, Members members) {
        if (members.version() <= membersVersion) {
            return;
        }
        membersVersion = members.version();
        List<NodeId> gone = new ArrayList<>();
        for (Entry entry : table.all()) {
            if (Collections.binarySearch(members.nodes(), entry.id()) < 0) {
                gone.add(entry.id());
            }
        }
        for (NodeId member : gone) {
            overlay.forget(member);
            probing.forget(member);
        }
        boolean grew = false;
        for (NodeId member : members.nodes()) {
            if (!member.equals(self.id()) && table.get(member) == null) {
                long pauseNanos = config.timing().probeInterval().toNanos();
                table.add(new Entry(member, now.nanos(), pauseNanos));
                probing.add(member);
                grew = true;
            }
        }
        if (grew) {
            spreading.compareSoon(now);
        }
    }

    private void received(Moment now, SwimPacket packet, SwimEffects out) {
        NodeId from = packet.from();
        if (!packet.cluster().equals(self.cluster())
                || !packet.to().equals(self.id())
                || from.equals(self.id())) {
            refused++;
            return;
        }
        heard++;
        Entry sender = table.get(from);
        if (sender == null) {
            stranger(packet, out);
            return;
        }
        someoneIsHeard(now, out);
        Rumour proofOfLife = new Rumour(from, Liveness.ALIVE, packet.incarnation(), from);
        if (hear(now, proofOfLife, out) == News.RETURNED) {
            spreading.compareWith(from, out);
        }
        for (Rumour rumour : packet.rumours()) {
            hear(now, rumour, out);
        }
        answer(now, from, packet.message(), out);
    }

    private void someoneIsHeard(Moment now, SwimEffects out) {
        Duration silent = silence.broken(now);
        if (!silent.isZero()) {
            overlay.postpone(silent);
            overlay.pardon(now, silent, out);
            spreading.compareSoon(now);
        }
    }

    /// A newcomer may know of this node before this node knows of it. It is answered, lest it
    /// accuses us; what it says of others is not heard.
    private void stranger(SwimPacket packet, SwimEffects out) {
        if (packet.message() instanceof Ping(long sequence)) {
            outbox.sendBare(packet.from(), new Ack(sequence), out);
        }
    }

    private void answer(Moment now, NodeId from, SwimMessage message, SwimEffects out) {
        switch (message) {
            case Ping(long sequence) -> probing.pinged(from, sequence, out);
            case PingRequest(long sequence, NodeId target) ->
                    probing.pingRequested(now, from, sequence, target, out);
            case Ack(long sequence) -> {
                probing.acknowledged(now, from, sequence, out);
                tell(now, from, out);
            }
            case Nack(long sequence) -> probing.nacked(from, sequence);
            case Gossip _ -> tell(now, from, out);
            case Sync sync -> {
                hearAll(now, sync.known(), out);
                spreading.answer(from, sync, out);
                tell(now, from, out);
            }
            case SyncReply(List<Rumour> known) -> hearAll(now, known, out);
        }
    }

    /// Someone who talks although it is held suspect or dead does not know that: it is told, so
    /// that it can defend itself, but not with every packet.
    private void tell(Moment now, NodeId from, SwimEffects out) {
        Entry entry = table.get(from);
        long pauseNanos = config.timing().probeInterval().toNanos();
        if (entry != null
                && (entry.state() == Liveness.DEAD || entry.state() == Liveness.SUSPECT)
                && entry.mayTell(now.nanos(), pauseNanos)) {
            outbox.send(from, new Gossip(), out);
        }
    }

    private void hearAll(Moment now, List<Rumour> known, SwimEffects out) {
        for (Rumour rumour : known) {
            hear(now, rumour, out);
        }
    }

    private News hear(Moment now, Rumour rumour, SwimEffects out) {
        News news = overlay.hear(now, rumour, out);
        switch (news) {
            case ACCUSED -> probing.verify(now, rumour.about(), out);
            case RETURNED -> spreading.compareSoon(now);
            case NOTHING, OTHER -> {}
        }
        return news;
    }

    private void linkUp(Moment now, NodeId peer, SwimEffects out) {
        Entry entry = table.get(peer);
        if (entry == null) {
            return;
        }
        someoneIsHeard(now, out);
        if (entry.state() == Liveness.ALIVE) {
            probing.proven(peer);
        } else {
            probing.look(now, peer, out);
        }
    }

    private void linkDown(Moment now, NodeId peer, SwimEffects out) {
        Entry entry = table.get(peer);
        if (entry != null && entry.state().isPresent()) {
            probing.look(now, peer, out);
        }
    }

    private void answered(Moment now, NodeId peer, long rttNanos, SwimEffects out) {
        if (table.get(peer) != null) {
            someoneIsHeard(now, out);
            probing.measured(peer, rttNanos);
            probing.proven(peer);
            tell(now, peer, out);
        }
    }

    private void leave(Moment now, SwimEffects out) {
        if (!self.isLeaving()) {
            self.leave();
            leaveNanos = now.nanos() + config.timing().leaveTimeout().toNanos();
            rumours.add(self.rumour());
            spreading.wakeup(now, out);
            completeLeave(now, out);
        }
    }

    /// The goodbye has been told often enough, or to nobody.
    private void completeLeave(Moment now, SwimEffects out) {
        boolean told = !rumours.knows(self.id()) || table.size() == 1;
        if (told || now.nanos() - leaveNanos >= 0) {
            left = true;
            out.emit(new LeaveCompleted());
        }
    }

    /// What is believed of a member; null for strangers and for this node itself.
    public @Nullable Liveness livenessOf(NodeId member) {
        Entry entry = table.get(member);
        return entry == null ? null : entry.state();
    }

    /// This node's own incarnation.
    public Incarnation incarnation() {
        return self.incarnation();
    }

    /// A picture, to be shown; it costs time linear in the members.
    public SwimView view() {
        List<MemberStatus> members = new ArrayList<>();
        for (Entry entry : table.all()) {
            members.add(entry.status());
        }
        return new SwimView(
                self.incarnation(),
                health.score(),
                members,
                new SwimView.Counters(
                        outbox.sent(),
                        heard,
                        refused,
                        probing.failed(),
                        overlay.refutations(),
                        stalls));
    }
}
