package dev.quorate.swim;

import dev.quorate.swim.SupportInput.MembersChanged;
import dev.quorate.swim.SupportInput.Received;
import dev.quorate.swim.SupportInput.Wakeup;
import dev.quorate.swim.SupportInput.Wanted;
import dev.quorate.swim.SupportMessage.Refusal;
import dev.quorate.swim.SupportMessage.Request;
import dev.quorate.swim.SupportMessage.Support;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Promises between pairs of nodes, as a deterministic machine: "F supports L at epoch e until t",
/// renewed while both live. One such promise stands for the heartbeats of all groups that sleep
/// between the two (rules R12, R13).
///
/// What holds: while L counts on F's support at e, F has not withdrawn it, unless F started anew or
/// found that its machine had been suspended; and what a life of F withdrew, it never gives again
/// at the same epoch. A promise proves that F heard L's *process*, nothing more: no lease of a
/// group comes from it. Nobody's clock is compared with another's: L counts from when it asked, F
/// from when it heard.
///
/// After CockroachDB's store liveness. Not thread-safe: one reactor owns it.
public final class StoreLiveness {
    private static final long IDLE_NANOS = Duration.ofHours(1).toNanos();

    private final SupportConfig config;
    private final NodeId self;
    private final SupportGiven given;
    private final SupportHeld held;
    private List<NodeId> members = List.of();
    private long membersVersion = -1;
    private Moment last;
    private long deadlineNanos;

    /// A node that supports nobody and is supported by nobody.
    ///
    /// @param epoch the boot epoch, raised durably at this very start, and count 0; or what
    ///   [SupportEffect.RaiseEpoch] said last, if that is greater
    public StoreLiveness(SupportConfig config, NodeId self, Incarnation epoch, Moment start) {
        this.config = config;
        this.self = self;
        given = new SupportGiven(config, epoch.boot());
        held = new SupportHeld(config, epoch, start);
        last = start;
        deadlineNanos = start.nanos() + IDLE_NANOS;
    }

    /// Advances the machine by one input.
    public void step(Moment now, SupportInput input, SupportEffects out) {
        watchForSuspension(now, out);
        // what has run out is gone before anything else is looked at
        given.expire(now, out);
        held.wakeup(now, out);
        switch (input) {
            case MembersChanged(Members changed) -> membersChanged(now, changed, out);
            case Wanted(List<NodeId> givers) -> wanted(now, givers, out);
            case Received(NodeId from, SupportMessage message) -> {
                if (isPeer(from)) {
                    received(now, from, message, out);
                }
            }
            case Wakeup _ -> {}
        }
        long earliest = held.deadlineNanos(given.deadlineNanos(now.nanos() + IDLE_NANOS));
        deadlineNanos = earliest - now.nanos() < 0 ? now.nanos() : earliest;
    }

    /// When [Wakeup] is due next, on the clock of [Moment#nanos()]: subtract before comparing.
    public long nextDeadlineNanos() {
        return deadlineNanos;
    }

    private void received(Moment now, NodeId from, SupportMessage message, SupportEffects out) {
        switch (message) {
            case Request request -> given.asked(now, from, request, out);
            case Support support -> held.promised(now, from, support, out);
            case Refusal refusal -> held.refused(now, from, refusal, out);
        }
    }

    /// A machine that was suspended has a monotonic clock that stood still: everything it counts on
    /// may be long over (rule R11).
    private void watchForSuspension(Moment now, SupportEffects out) {
        long wallNanos = (now.wallMicros() - last.wallMicros()) * 1_000;
        long aheadNanos = wallNanos - (now.nanos() - last.nanos());
        last = now;
        if (aheadNanos > config.driftMax().toNanos()) {
            given.withdrawAll(out);
            held.loseAll(out);
        }
    }

    private void membersChanged(Moment now, Members changed, SupportEffects out) {
        if (changed.version() <= membersVersion) {
            return;
        }
        membersVersion = changed.version();
        List<NodeId> before = members;
        members = changed.nodes();
        for (NodeId member : before) {
            if (!isPeer(member)) {
                given.forget(member, out);
            }
        }
        wanted(now, held.givers(), out);
    }

    private void wanted(Moment now, List<NodeId> givers, SupportEffects out) {
        List<NodeId> peers = new ArrayList<>();
        for (NodeId giver : givers) {
            if (isPeer(giver)) {
                peers.add(giver);
            }
        }
        held.want(now, peers, out);
    }

    private boolean isPeer(NodeId node) {
        return !node.equals(self) && Collections.binarySearch(members, node) >= 0;
    }

    /// Whether this node still supports the peer at this epoch: as good as having heard the leader
    /// of any group between the two, if the leader led at that epoch.
    public boolean supports(NodeId peer, Incarnation epoch, Moment now) {
        return given.supports(peer, epoch, now);
    }

    /// Whether this node may count on the peer's support at its own current epoch.
    public boolean isSupportedBy(NodeId peer, Moment now) {
        return held.isHeldFrom(peer, now);
    }

    /// The epoch at which this node asks for support.
    public Incarnation epoch() {
        return held.epoch();
    }
}
