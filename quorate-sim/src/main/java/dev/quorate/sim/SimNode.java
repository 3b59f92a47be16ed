package dev.quorate.sim;

import dev.quorate.core.NodeCore;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.types.GroupId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One process: the production node machine and journal, with simulated lanes, clock and disk
/// around them. It may die at any moment, also between two effects of a turn, and start again.
final class SimNode implements SimNetwork.Endpoint {
    /// Who hears of answers and of deaths.
    interface Clients {
        void reply(NodeId node, NodeEffect.Reply reply);

        void crashed(NodeId node);
    }

    private final World world;
    private final NodeId id;
    private final SimNetwork network;
    private final Invariants invariants;
    private final Clients clients;
    private final Prng random;
    private final SimClock clock;
    private final SimStorage storage;
    private final Standstill standstill;
    private final NodeTroubles troubles;
    private final ArrayDeque<NodeInput> mailbox = new ArrayDeque<>();
    private final List<NodeEffect> effects = new ArrayList<>();

    private int incarnation;
    private @Nullable NodeCore core;
    private @Nullable JournalLane journalLane;
    private @Nullable StateLanes stateLanes;
    private int peerInputs;
    private boolean turnPlanned;
    private long wakeupAtNanos = Long.MAX_VALUE;
    private boolean isOut;
    private long turns;
    final Fetching fetching;
    int tornWrites;

    /// Where it shall die; null for nowhere.
    @Nullable Trap trap;

    SimNode(
            World world,
            NodeId id,
            SimNetwork network,
            Invariants invariants,
            Clients clients,
            Ticket ticket) {
        this.world = world;
        this.id = id;
        this.network = network;
        this.invariants = invariants;
        this.clients = clients;
        random = world.random.fork();
        storage = new SimStorage(world, id, ticket, random);
        fetching = new Fetching(this, network, storage.snapshots);
        standstill = new Standstill(world);
        clock =
                new SimClock(
                        random.nextLong(-1_000_000_000_000_000L, 1_000_000_000_000_000L),
                        random.nextLong(-200, 201),
                        random.nextLong(-SimClock.SKEW_MICROS_MAX, SimClock.SKEW_MICROS_MAX + 1));
        troubles = new NodeTroubles(this, storage.disk, clock, standstill);
    }

    /// Starts the process: recovers the journal, or uses the founding ticket if this is the first
    /// start ever.
    void start() {
        if (isOut) {
            return;
        }
        incarnation++;
        world.event(id.value(), "start " + incarnation);
        SimStorage.Opened opened = recover();
        if (opened == null) {
            return;
        }
        journalLane = new JournalLane(this, storage, opened.journal());
        core = storage.boot(opened, random.fork(), now());
        stateLanes = new StateLanes(this, storage);
        network.detectors.started(this);
        network.forget(id);
        network.refresh();
        planTurn();
    }

    /// What the disk holds; null if it cannot be used, now or ever.
    private SimStorage.@Nullable Opened recover() {
        try {
            SimStorage.Opened opened = storage.open();
            invariants.recovered(id, opened.found(), opened.gone());
            invariants.kept(id, storage.kept);
            storage.keepOnly(opened.found());
            return opened;
        } catch (DiskFull full) {
            world.event(id.value(), "no room to start");
            return null;
        } catch (Violation violation) {
            if (!storage.disk.everLied()) {
                throw violation;
            }
            // nobody can tell: all that may be asked is that nobody else loses anything (R25)
            world.undetected++;
            takeOut("lost what its disk had called durable, and does not know");
            return null;
        } catch (RuntimeException bug) {
            throw world.unsafe(id + ": the journal does not open", bug);
        }
    }

    /// The cluster has let the node go: it ends, and nobody starts it again.
    void dismissed(String why) {
        crash("as dismissed");
        if (!isOut) {
            takeOut("dismissed, " + why);
        }
    }

    /// The node will never start again.
    private void takeOut(String why) {
        world.event(id.value(), "out: " + why);
        isOut = true;
        invariants.wiped(id);
    }

    /// The process dies; its disk and state machines keep what chance allows.
    void crash(String how) {
        if (core == null) {
            return;
        }
        world.event(id.value(), "crash " + how);
        JournalLane lane = journalLane;
        core = null;
        if (lane != null && random.chance(0.5)) {
            lane.tear(random);
        }
        if (stateLanes != null) {
            stateLanes.tear(random);
        }
        storage.crash(random);
        clock.release(world.nowNanos());
        standstill.forget();
        journalLane = null;
        stateLanes = null;
        mailbox.clear();
        peerInputs = 0;
        turnPlanned = false;
        wakeupAtNanos = Long.MAX_VALUE;
        network.detectors.crashed(id);
        invariants.crashed(id);
        clients.crashed(id);
        network.refresh();
    }

    /// Loses the disk and, with it, the ticket.
    void wipe() {
        crash("before a wipe");
        world.event(id.value(), "wipe");
        world.lose(id);
        storage.wipe();
        invariants.wiped(id);
    }

    /// Adds an input and, if need be, plans a turn.
    @Override
    public void post(NodeInput input) {
        if (core == null) {
            return;
        }
        mailbox.add(input);
        planTurn();
    }

    @Override
    public void receive(NodeId from, PeerMessage message) {
        if (peerInputs < world.config.mailboxMax()) {
            peerInputs++;
            post(new NodeInput.Received(from, message));
        }
    }

    private void planTurn() {
        if (!turnPlanned) {
            turnPlanned = true;
            plan(2_000 + random.nextInt(30_000), this::turn);
        }
    }

    private void turn() {
        turnPlanned = false;
        turns++;
        effects.clear();
        NodeCore machine = core;
        if (machine == null) {
            return;
        }
        try {
            step(machine);
        } catch (Violation violation) {
            throw violation;
        } catch (RuntimeException | AssertionError bug) {
            throw world.unsafe(id + ": the node's machine failed", bug);
        }
        execute();
        if (core == null) {
            return;
        }
        long deadline = machine.nextDeadlineNanos();
        if (!mailbox.isEmpty() || isPast(deadline)) {
            planTurn();
        } else {
            planWakeup(deadline);
        }
    }

    private void step(NodeCore machine) {
        Moment now = now();
        for (int taken = 0; taken < world.config.turnInputsMax(); taken++) {
            NodeInput input = mailbox.poll();
            if (input == null) {
                break;
            }
            if (input instanceof NodeInput.Received) {
                peerInputs--;
            }
            world.trace.input(world.nowNanos(), id, input);
            invariants.input(id, input);
            machine.step(now, input, effects::add);
        }
        // early wake-ups must be harmless, so there are some
        if (deadlinePassed(machine) || random.chance(0.01)) {
            machine.step(now, new NodeInput.Wakeup(), effects::add);
        }
        machine.flush(now, effects::add);
    }

    private void execute() {
        boolean dies = random.chance(world.faults.of(FaultKind.CRASH_IN_TURN));
        int until = dies ? random.nextInt(effects.size() + 1) : effects.size();
        for (NodeEffect effect : effects.subList(0, until)) {
            if (trap != null && trap.springs(Trap.Step.EFFECT)) {
                dieInTrap();
                return;
            }
            world.trace.effect(world.nowNanos(), id, effect);
            invariants.effect(id, effect);
            execute(effect);
        }
        if (dies) {
            crash("in a turn after " + until + " effects");
            return;
        }
        if (journalLane != null) {
            journalLane.kick();
        }
        if (stateLanes != null) {
            stateLanes.kick();
        }
    }

    StateLanes lanes() {
        return Objects.requireNonNull(stateLanes, "the process is down");
    }

    private void execute(NodeEffect effect) {
        switch (effect) {
            case NodeEffect.ForJournal forJournal -> {
                if (journalLane != null) {
                    journalLane.submit(forJournal);
                }
            }
            case NodeEffect.ForStateMachine work -> lanes().submit(work);
            case NodeEffect.ForMetadata work -> lanes().submit(work);
            case NodeEffect.Send(NodeId to, PeerMessage message) -> network.send(id, to, message);
            case NodeEffect.Reply reply -> clients.reply(id, reply);
            case NodeEffect.MetadataChanged(var _, var after) -> {
                storage.founded |= after.founded();
                network.detectors.members(id, after);
                network.judgeAgain(id);
            }
            case NodeEffect.FetchSnapshot fetch -> fetching.fetch(fetch);
            case NodeEffect.ReleaseSnapshot(GroupId group) -> storage.snapshots.release(group);
            case NodeEffect.DropFetched(GroupId group) -> storage.snapshots.dropFetched(group);
            case NodeEffect.Dismissed(String why) -> plan(0, () -> dismissed(why));
            case NodeEffect.LeaderChanged _,
                    NodeEffect.ConfigurationChanged _,
                    NodeEffect.Traced _ -> {}
        }
    }

    @Override
    public SimSnapshots.@Nullable Content serve(NodeEffect.FetchSnapshot fetch) {
        return storage.snapshots.serve(fetch.group(), fetch.meta().sha256());
    }

    /// A state machine stands at `index`: equal on all replicas.
    void sawState(GroupId group, long index, long hash) {
        invariants.state(group, index, hash);
    }

    private boolean deadlinePassed(NodeCore machine) {
        return isPast(machine.nextDeadlineNanos());
    }

    private boolean isPast(long deadline) {
        return deadline != Long.MAX_VALUE && deadline - clock.localNanos(world.nowNanos()) <= 0;
    }

    private void planWakeup(long deadline) {
        if (deadline == Long.MAX_VALUE) {
            return;
        }
        long atNanos = clock.simulatedNanos(deadline);
        if (atNanos < wakeupAtNanos) {
            wakeupAtNanos = atNanos;
            plan(atNanos - world.nowNanos(), () -> wakeUp(atNanos));
        }
    }

    private void wakeUp(long atNanos) {
        if (wakeupAtNanos != atNanos || core == null) {
            return;
        }
        wakeupAtNanos = Long.MAX_VALUE;
        long deadline = core.nextDeadlineNanos();
        if (isPast(deadline)) {
            planTurn();
        } else {
            planWakeup(deadline);
        }
    }

    /// Plans something that this process does: not at all if it dies before, later if it is paused
    /// then.
    void plan(long delayNanos, Runnable action) {
        int mine = incarnation;
        world.agenda.after(Math.max(0, delayNanos), () -> runIfAlive(mine, action));
    }

    private void runIfAlive(int mine, Runnable action) {
        if (incarnation != mine || core == null) {
            return;
        }
        if (isPaused()) {
            standstill.postpone(() -> runIfAlive(mine, action));
        } else {
            action.run();
        }
    }

    void clockChanged() {
        plan(0, this::planTurn);
    }

    // ---- the end -------------------------------------------------------------------------------

    /// The journal is of no use any more: the node hears of it, and ends soon; someone starts it
    /// again.
    void journalFailed(String cause) {
        post(new NodeInput.JournalFailed(cause));
        end(random.nextLong(1_000_000L, 2_000_000_000L), "with a failed journal");
    }

    /// Dies after a while, and is started again by someone.
    void end(long nanos, String how) {
        plan(
                nanos,
                () -> {
                    crash(how);
                    world.agenda.after(random.nextLong(2_000_000_000L), this::startIfDown);
                });
    }

    private void startIfDown() {
        if (!isUp()) {
            start();
        }
    }

    boolean journalRests() {
        return journalLane != null && journalLane.isIdle();
    }

    long forceNanos() {
        return storage.disk.forceNanos();
    }

    long applyNanos() {
        return 1_000 + random.nextLong(world.config.applyCost().toNanos());
    }

    /// Whether it dies while it writes its journal.
    boolean tornByTrap() {
        return trap != null && trap.springs(Trap.Step.FORCE);
    }

    /// Dies where it was told to, and is started again by someone.
    void dieInTrap() {
        crash("in a trap");
        world.agenda.after(random.nextLong(1_000_000_000L), this::startIfDown);
    }

    boolean tornByChance() {
        return random.chance(world.faults.of(FaultKind.TORN_WRITE));
    }

    boolean isIdle() {
        return mailbox.isEmpty()
                && (journalLane == null || journalLane.isIdle())
                && (stateLanes == null || stateLanes.isIdle());
    }

    NodeTroubles troubles() {
        return troubles;
    }

    Map<GroupId, RegisterMachine> machines() {
        return storage.machines;
    }

    @Override
    public boolean isUp() {
        return core != null;
    }

    @Override
    public int incarnation() {
        return incarnation;
    }

    boolean isPaused() {
        return standstill.isPaused();
    }

    /// Whether it will never start again.
    boolean isOut() {
        return isOut;
    }

    /// What the node knows of the cluster; null while it is down.
    @Override
    public @Nullable MetadataView view() {
        return core == null ? null : core.view();
    }

    /// Whether the node believes that it leads the group.
    boolean leads(GroupId group) {
        return core != null
                && core.groups().stream()
                        .anyMatch(status ->
                                status.group().equals(group) && status.role() == RoleName.LEADER);
    }

    boolean founded() {
        return storage.founded;
    }

    Moment now() {
        return clock.at(world.nowNanos());
    }

    NodeId id() {
        return id;
    }

    Prng random() {
        return random;
    }

    World world() {
        return world;
    }

    SimDisk disk() {
        return storage.disk.disk();
    }

    long turns() {
        return turns;
    }
}
