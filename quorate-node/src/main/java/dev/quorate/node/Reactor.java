package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.core.GroupStatus;
import dev.quorate.core.NodeCore;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeEffect.ForJournal;
import dev.quorate.core.NodeInput;
import dev.quorate.core.Trace;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that owns [NodeCore]. One turn: take what is in the mailbox, step each, wake the
/// core if its deadline passed, flush, and hand the effects to the lanes, the links and the
/// clients.
///
/// An exception out of the core ends the reactor and the node: better loudly dead than half alive.
final class Reactor {
    private static final Logger LOG = LoggerFactory.getLogger(Reactor.class);
    private static final int INPUTS_PER_BOX = 1024;
    private static final long SLEEP_NANOS_MAX = Duration.ofSeconds(1).toNanos();
    private static final long LATE_NANOS = Duration.ofMillis(1).toNanos();

    private final NodeCore core;
    private final Parts parts;
    private final Thread thread;
    private final Map<Long, ClientRequest> pending = new HashMap<>();
    private final List<Answered> answered = new ArrayList<>();
    private final Counters counters = new Counters();
    private List<ForJournal> journalTurn = new ArrayList<>();
    private volatile boolean stopping;
    private volatile long stopAtNanos;
    private volatile boolean ended;
    private volatile List<GroupStatus> groups = List.of();

    private record Answered(ClientRequest request, Outcome outcome) {}

    /// What the reactor works with.
    ///
    /// @param metadata told of each new view of group 0; must not block
    /// @param look run after a new [ClusterView] was published, and once a second; must not block
    /// @param dismissed told why the node belongs to the cluster no more; must not block
    /// @param failed told why the node cannot go on
    record Parts(
            Mailbox mailbox,
            JournalLane journal,
            ApplyLanes machines,
            MetadataLane metadataLane,
            Snapshots snapshots,
            PeerOutbox outbox,
            ViewTracker view,
            TraceLog traces,
            Consumer<MetadataView> metadata,
            Runnable look,
            Consumer<String> dismissed,
            Consumer<String> failed) {}

    private Reactor(NodeCore core, Parts parts) {
        this.core = core;
        this.parts = parts;
        thread = Thread.ofPlatform().name("quorate-reactor").unstarted(this::run);
    }

    /// Takes the core over and starts.
    static Reactor start(NodeCore core, Parts parts) {
        Reactor reactor = new Reactor(core, parts);
        reactor.thread.start();
        return reactor;
    }

    /// What the clocks say.
    static Moment now() {
        Instant wall = Instant.now();
        return new Moment(
                System.nanoTime(), wall.getEpochSecond() * 1_000_000 + wall.getNano() / 1_000);
    }

    /// Takes a request in. Any thread.
    ///
    /// @return false if there are too many
    boolean offer(ClientRequest request) {
        if (!parts.mailbox().offer(request)) {
            return false;
        }
        if (ended) {
            // it may have come after the last look into the mailbox
            request.refuse("the node has stopped");
        }
        return true;
    }

    /// How this node's replicas are doing; at most a second old. Any thread.
    List<GroupStatus> groups() {
        return groups;
    }

    /// What was counted so far; at most a second old.
    Counters.Snapshot counters() {
        return counters.published();
    }

    /// Ends the reactor once no request is pending, at the latest after `grace`, and returns when
    /// it has ended. What is still pending is answered. New requests must be kept out by then.
    void close(Duration grace) {
        stopAtNanos = System.nanoTime() + grace.toNanos();
        stopping = true;
        parts.mailbox().nudge();
        Threads.join(thread);
    }

    private void run() {
        String end = "the node has stopped";
        try {
            while (!stopping || (!pending.isEmpty() && System.nanoTime() - stopAtNanos < 0)) {
                turn();
            }
        } catch (RuntimeException | Error failure) {
            LOG.error("The reactor has failed and this node with it", failure);
            end = "the node has failed: " + failure;
            parts.failed().accept("the reactor: " + failure);
        } finally {
            abandon(end);
        }
    }

    private void abandon(String sentence) {
        pending.values().forEach(request -> request.abandon(sentence));
        pending.clear();
        ended = true;
        for (ClientRequest request = parts.mailbox().pollClient();
                request != null;
                request = parts.mailbox().pollClient()) {
            request.refuse(sentence);
        }
    }

    private void turn() {
        Moment now = now();
        int inputs = takeCompletions(now) + takePeers(now) + takeClients(now);
        boolean due = due(now.nanos());
        if (due) {
            core.step(now, new NodeInput.Wakeup(), this::execute);
        }
        core.flush(now, this::execute);
        finishTurn();
        boolean changed = parts.view().publish();
        boolean second = counters.turn(now.nanos(), inputs, pending.size(), parts.outbox());
        if (second) {
            groups = List.copyOf(core.groups());
        }
        if (second || changed) {
            parts.look().run();
        }
        sleep(inputs == 0 && due);
    }

    private int takeCompletions(Moment now) {
        int taken = 0;
        for (; taken < INPUTS_PER_BOX; taken++) {
            NodeInput input = parts.mailbox().pollCompletion();
            if (input == null) {
                break;
            }
            notice(input);
            core.step(now, input, this::execute);
        }
        return taken;
    }

    private int takePeers(Moment now) {
        int taken = 0;
        for (; taken < INPUTS_PER_BOX; taken++) {
            NodeInput input = parts.mailbox().pollPeer();
            if (input == null) {
                break;
            }
            core.step(now, input, this::execute);
        }
        return taken;
    }

    private int takeClients(Moment now) {
        int taken = 0;
        for (; taken < INPUTS_PER_BOX; taken++) {
            ClientRequest request = parts.mailbox().pollClient();
            if (request == null) {
                break;
            }
            pending.put(request.requestId(), request);
            core.step(now, request.input(), this::execute);
        }
        return taken;
    }

    private void notice(NodeInput input) {
        if (input instanceof NodeInput.LinkChanged(var peer, boolean up)) {
            parts.view().linkChanged(peer, up);
        } else if (input instanceof NodeInput.JournalFailed(String cause)) {
            parts.failed().accept("the journal: " + cause);
        }
    }

    private void execute(NodeEffect effect) {
        switch (effect) {
            case NodeEffect.ForJournal journal -> journalTurn.add(journal);
            case NodeEffect.ForStateMachine machine -> parts.machines().submit(machine);
            case NodeEffect.ForMetadata work -> parts.metadataLane().submit(work);
            case NodeEffect.ReleaseSnapshot(var group) -> parts.snapshots().release(group);
            case NodeEffect.FetchSnapshot fetch -> parts.snapshots().fetch(fetch);
            case NodeEffect.DropFetched(var group) -> parts.snapshots().dropFetched(group);
            case NodeEffect.Send send -> parts.outbox().add(send);
            case NodeEffect.Reply(long requestId, Outcome outcome) -> reply(requestId, outcome);
            case NodeEffect.MetadataChanged(_, MetadataView after) -> {
                parts.view().metadataChanged(after);
                parts.metadata().accept(after);
            }
            case NodeEffect.ConfigurationChanged _ -> {
                // status shows the configuration of the core itself, see groups()
            }
            case NodeEffect.LeaderChanged(var group, long term, var leader) ->
                    parts.view().leaderChanged(group, term, leader);
            case NodeEffect.Dismissed(String why) -> parts.dismissed().accept(why);
            case NodeEffect.Traced(Trace trace) -> trace(trace);
        }
    }

    private void reply(long requestId, Outcome outcome) {
        ClientRequest request = pending.remove(requestId);
        if (request != null) {
            answered.add(new Answered(request, outcome));
            counters.answered(outcome);
        }
    }

    private void trace(Trace trace) {
        parts.traces().trace(trace);
        if (trace instanceof Trace.ApplyStopped(var group, String cause)) {
            parts.view().groupStopped(group, cause);
        } else if (trace instanceof Trace.InvariantBroken(var group, _)) {
            parts.view().groupStopped(group, "a consensus invariant is broken");
        }
    }

    /// The disk first, then the wire, then the clients: they take ever longer to hand things to.
    private void finishTurn() {
        if (!journalTurn.isEmpty()) {
            parts.journal().submit(journalTurn);
            journalTurn = new ArrayList<>();
        }
        parts.outbox().flush();
        for (Answered answer : answered) {
            answer.request().reply().complete(answer.outcome());
        }
        answered.clear();
    }

    private boolean due(long nowNanos) {
        long deadlineNanos = core.nextDeadlineNanos();
        return deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0;
    }

    /// Waits for mail or for the next deadline.
    ///
    /// @param wokenForNothing only the deadline brought us here: should the core still claim to be
    ///   late, a short nap keeps that from becoming a spin
    private void sleep(boolean wokenForNothing) {
        long deadlineNanos = core.nextDeadlineNanos();
        long nanos =
                deadlineNanos == Long.MAX_VALUE
                        ? SLEEP_NANOS_MAX
                        : Math.min(deadlineNanos - System.nanoTime(), SLEEP_NANOS_MAX);
        if (nanos <= 0 && wokenForNothing) {
            nanos = LATE_NANOS;
        }
        if (stopping) {
            nanos = Math.min(nanos, LATE_NANOS);
        }
        parts.mailbox().await(nanos);
    }
}
