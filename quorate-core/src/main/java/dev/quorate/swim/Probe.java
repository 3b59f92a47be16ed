package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;

/// One look at one member: ping, ping again, ask others as well, ping once more, give up. A packet
/// lost here and there does not make a suspect.
final class Probe {
    /// What is due next.
    enum Step {
        PING_AGAIN,
        ASK_OTHERS,
        PING_LAST,
        GIVE_UP,
    }

    private final long sequence;
    private final NodeId target;
    private final long pingTimeoutNanos;
    private final long roundNanos;
    private final List<NodeId> helpers = new ArrayList<>();
    private final List<NodeId> nacked = new ArrayList<>();
    private long startNanos;
    private Step next = Step.PING_AGAIN;

    Probe(long sequence, NodeId target, long startNanos, long pingTimeoutNanos, long roundNanos) {
        this.sequence = sequence;
        this.target = target;
        this.startNanos = startNanos;
        this.pingTimeoutNanos = pingTimeoutNanos;
        this.roundNanos = roundNanos;
    }

    long dueNanos() {
        return startNanos
                + switch (next) {
                    case PING_AGAIN -> pingTimeoutNanos / 2;
                    case ASK_OTHERS -> pingTimeoutNanos;
                    case PING_LAST -> pingTimeoutNanos + (roundNanos - pingTimeoutNanos) / 2;
                    case GIVE_UP -> roundNanos;
                };
    }

    /// What is due, and moves on.
    Step advance() {
        Step due = next;
        next =
                switch (due) {
                    case PING_AGAIN -> Step.ASK_OTHERS;
                    case ASK_OTHERS -> Step.PING_LAST;
                    case PING_LAST, GIVE_UP -> Step.GIVE_UP;
                };
        return due;
    }

    void ask(NodeId helper) {
        helpers.add(helper);
    }

    /// A helper says that it asked in vain.
    void nack(NodeId helper) {
        if (helpers.contains(helper) && !nacked.contains(helper)) {
            nacked.add(helper);
        }
    }

    /// How far the failure of this probe is our own: helpers that did not even say no (Lifeguard,
    /// LHA-Probe); with nobody to ask, the silence itself.
    int doubt() {
        return helpers.isEmpty() ? 1 : helpers.size() - nacked.size();
    }

    /// Whether an answer from this node counts: from the target, or passed on by a helper.
    boolean accepts(NodeId from) {
        return target.equals(from) || helpers.contains(from);
    }

    /// Whether an answer measures a round trip: only the first ping's does (Karn).
    boolean measures(NodeId from) {
        return next == Step.PING_AGAIN && target.equals(from);
    }

    void postpone(long nanos) {
        startNanos += nanos;
    }

    long sequence() {
        return sequence;
    }

    NodeId target() {
        return target;
    }

    long startNanos() {
        return startNanos;
    }
}
