package dev.quorate.node;

import dev.quorate.core.Trace;
import dev.quorate.node.NodeStatus.Noted;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Renders what the node and its links tell an operator: to the log, and into short memories that
/// status shows. Thread-safe.
final class TraceLog {
    private static final Logger LOG = LoggerFactory.getLogger("quorate.trace");
    private static final int KEPT = 64;
    private static final long QUIET_MILLIS = 1_000;

    private final Deque<Noted> events = new ArrayDeque<>();
    private final Deque<Noted> refusals = new ArrayDeque<>();
    private long refusedAtMillis;
    private long unlogged;

    /// Tells an event of the core.
    void trace(Trace trace) {
        String sentence = sentence(trace);
        switch (trace) {
            case Trace.ApplyStopped _, Trace.InvariantBroken _ -> LOG.error("Halted: {}", sentence);
            case Trace.ReplicaQuarantined _ -> LOG.error("{}", sentence);
            case Trace.SnapshotFailed _, Trace.ClockOff _ -> LOG.warn("{}", sentence);
            case Trace.MessageRefused _ -> {
                refused(sentence);
                return;
            }
            case Trace.LeaderElected _,
                    Trace.SteppedDown _,
                    Trace.ReplicaCreated _,
                    Trace.ReplicaDestroyed _,
                    Trace.SnapshotInstalled _,
                    Trace.NodeDismissed _,
                    Trace.NodeTurnedAway _,
                    Trace.Founded _ ->
                    LOG.info("{}", sentence);
        }
        note(events, sentence);
    }

    /// Tells that somebody or something was refused. At most one line a second is logged, so that a
    /// stranger cannot fill the disk.
    void refused(String sentence) {
        long nowMillis = System.currentTimeMillis();
        String line;
        synchronized (this) {
            if (nowMillis - refusedAtMillis < QUIET_MILLIS) {
                unlogged++;
                line = null;
            } else {
                refusedAtMillis = nowMillis;
                line = unlogged == 0 ? sentence : sentence + " (and " + unlogged + " more)";
                unlogged = 0;
            }
        }
        if (line != null) {
            LOG.warn("Refused: {}", line);
        }
        note(refusals, sentence);
    }

    /// Tells that a link broke.
    void linkDown(NodeId peer, String cause) {
        LOG.info("The link to {} is down: {}", peer, cause);
        note(events, "the link to " + peer + " is down: " + cause);
    }

    /// The latest events, oldest first.
    List<Noted> events() {
        return copy(events);
    }

    /// The latest refusals, oldest first.
    List<Noted> refusals() {
        return copy(refusals);
    }

    private synchronized void note(Deque<Noted> memory, String sentence) {
        if (memory.size() == KEPT) {
            memory.removeFirst();
        }
        memory.addLast(new Noted(System.currentTimeMillis(), sentence));
    }

    private synchronized List<Noted> copy(Deque<Noted> memory) {
        return new ArrayList<>(memory);
    }

    private static String sentence(Trace trace) {
        return switch (trace) {
            case Trace.LeaderElected(var group, long term) ->
                    "this node leads " + group + " in term " + term;
            case Trace.SteppedDown(var group, long term) ->
                    "this node no longer leads " + group + ", now in term " + term;
            case Trace.ReplicaCreated(var replica) ->
                    "replica " + replica.self() + " of " + replica.group() + " was created here";
            case Trace.ReplicaDestroyed(var group, var replica) ->
                    "replica " + replica + " of " + group + " has left this node";
            case Trace.ReplicaQuarantined(var lost) ->
                    "replica %s of %s has lost data and is in quarantine, to be replaced: %s"
                            .formatted(lost.replica(), lost.group(), lost.cause());
            case Trace.SnapshotInstalled(var group, var position, long sizeBytes) ->
                    "%s was brought to %s by a snapshot of %d bytes"
                            .formatted(group, position, sizeBytes);
            case Trace.SnapshotFailed(var group, String cause) ->
                    "a snapshot of " + group + " failed and is tried again: " + cause;
            case Trace.ApplyStopped(var group, String cause) ->
                    "apply of " + group + " has stopped on this node: " + cause;
            case Trace.Founded(int groups, int nodes) ->
                    "the cluster is founded: " + groups + " groups on " + nodes + " nodes";
            case Trace.NodeDismissed(var state) ->
                    "this node was removed from the cluster, where it was last known as " + state;
            case Trace.ClockOff(long micros) ->
                    micros == 0
                            ? "this node's wall clock agrees with most others again"
                            : "this node's wall clock differs from most others by %.3f s: set it right; until then log time goes by theirs"
                                    .formatted(-micros / 1e6);
            case Trace.NodeTurnedAway(var by, String why) ->
                    by + " says that this node belongs to the cluster no more: " + why;
            case Trace.MessageRefused(var from, var group, String why) ->
                    from + " spoke to " + group + " and was not heard: " + why;
            case Trace.InvariantBroken(var group, String dump) ->
                    "an invariant of " + group + " is broken, the group halts here: " + dump;
        };
    }
}
