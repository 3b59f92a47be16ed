package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.core.PlacementConfig;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// A whole cluster in one thread and in simulated time.
///
/// Everything that may vary is drawn from the seed, so a seed names one exact run. Invariants are
/// checked after every step; a breach throws a [Violation] that says how to replay it.
public final class Simulation {
    /// Most nodes that may come to those that found the cluster.
    private static final int JOINERS_MAX = 6;

    private final World world;
    private final SimNetwork network;
    private final Invariants invariants;
    private final List<SimNode> nodes = new ArrayList<>();
    private final Courier courier;
    private final Workload workload;
    private final Weather weather;
    private final Operator operator;
    private final Survey survey;
    private final Registrar registrar;
    private final Ticket ticket;
    private int undecided;

    /// Sets up the nodes, with a founding ticket each, none of them started.
    ///
    /// @param scenario what replays this run; a name
    public Simulation(String scenario, long seed, SimConfig config) {
        this(scenario, seed, Variant.AS_DRAWN, config, new TraceLog());
    }

    Simulation(String scenario, long seed, Variant variant, SimConfig config, TraceLog trace) {
        world = new World(scenario, seed, variant, config, trace);
        network = new SimNetwork(world, config.nodes() + JOINERS_MAX);
        invariants = new Invariants(world);
        operator = new Operator(world, nodes);
        survey = new Survey(world, invariants, nodes);
        courier = new Courier(world, invariants, nodes, operator);
        workload = new Workload(world, nodes, survey, courier);
        ClusterId cluster = new ClusterId(world.random.nextLong(), world.random.nextLong());
        ticket = Ticket.of(config, cluster);
        for (int id = 1; id <= config.nodes(); id++) {
            add();
        }
        weather = new Weather(world, network, nodes);
        registrar = new Registrar(world, nodes, operator);
    }

    private SimNode add() {
        NodeId id = new NodeId(nodes.size() + 1L);
        SimNode node = new SimNode(world, id, network, invariants, courier, ticket);
        nodes.add(node);
        network.attach(node);
        return node;
    }

    // ---- steering ------------------------------------------------------------------------------

    /// Starts every node and waits until the cluster is founded and serves.
    public Simulation found() {
        nodes.forEach(SimNode::start);
        return settle();
    }

    /// Runs for a span of simulated time.
    public Simulation run(Duration span) {
        long endNanos = world.nowNanos() + span.toNanos();
        long budget = world.agenda.ran() + world.config.eventsIn(span);
        while (world.agenda.next(endNanos)) {
            spend(budget);
        }
        return this;
    }

    /// Runs until the condition holds.
    ///
    /// @param what is waited for, to be read after "waited in vain for"
    /// @param limit how much simulated time it may take
    /// @throws Violation.LivenessViolation if it takes longer
    public Simulation runUntil(String what, BooleanSupplier condition, Duration limit) {
        long endNanos = world.nowNanos() + limit.toNanos();
        long budget = world.agenda.ran() + world.config.eventsIn(limit);
        while (!condition.getAsBoolean()) {
            if (!world.agenda.next(endNanos)) {
                throw world.stuck("waited %s in vain for %s".formatted(limit, what));
            }
            spend(budget);
        }
        return this;
    }

    private void spend(long budget) {
        if (world.agenda.ran() > budget) {
            throw world.stuck("the event budget is spent: something goes in circles");
        }
    }

    /// Lets clients work from now on.
    public Simulation load() {
        workload.start();
        return this;
    }

    /// Changes what clients like to do; it is drawn from the seed otherwise.
    public Simulation prefer(Habits habits) {
        workload.prefer(habits);
        return this;
    }

    /// Lets replicas and leaders be moved about from now on.
    ///
    /// @param every longest time between two moves
    public Simulation meddle(Duration every) {
        operator.start(every.toNanos());
        return this;
    }

    /// Lets clients stop.
    public Simulation rest() {
        workload.stop();
        return this;
    }

    /// Faults of all the given kinds, for a span of simulated time.
    public Simulation storm(Faults faults, Duration span) {
        weather.begin(faults);
        run(span);
        return this;
    }

    /// Ends all trouble: no faults, no cuts, every node up.
    public Simulation heal() {
        world.event(0, "heal");
        weather.end();
        return this;
    }

    /// Ends all trouble, waits until every group serves and all replicas agree, and checks what
    /// clients saw.
    public Simulation settle() {
        heal();
        workload.stop();
        operator.stop();
        Duration moves = patience().multipliedBy(2);
        await(
                "every replica to be where it shall be",
                this::placed,
                moves,
                () -> operator.complaints(invariants));
        workload.probe();
        Duration limit = patience();
        await("every group to serve", workload::allServed, limit, workload::unserved);
        await("all replicas to catch up", survey::converged, limit, survey::laggards);
        survey.requireEqualStates();
        undecided += workload.check();
        return this;
    }

    private void await(
            String what, BooleanSupplier condition, Duration limit, Supplier<String> complaints) {
        try {
            runUntil(what, condition, limit);
        } catch (Violation.LivenessViolation stuck) {
            String first = String.valueOf(stuck.getMessage()).lines().findFirst().orElse("");
            throw world.stuck(first + "; " + complaints.get());
        }
    }

    /// How long a healed cluster may take: elections by the timeouts in force, catching up by what
    /// there is to catch up with.
    private Duration patience() {
        SimConfig config = world.config;
        long perEntryMicros = config.isTight() ? 40_000 : 1_000;
        Duration elections = config.timing().election().multipliedBy(60);
        return elections
                .plusSeconds(10)
                .plus(Duration.ofNanos(survey.backlog() * perEntryMicros * 1_000))
                .plusMillis(config.isTight() ? 500L * config.groups() : 0);
    }

    /// Starts a node with an empty disk that shall join the cluster.
    ///
    /// @return the new node
    public NodeId join() {
        SimNode node = add();
        node.start();
        registrar.join(node.id());
        return node.id();
    }

    /// Lets a node be emptied and leave.
    public Simulation leave(NodeId id) {
        registrar.leave(id);
        return this;
    }

    /// Lets the others do without a node that will not return.
    public Simulation remove(NodeId id) {
        registrar.remove(id);
        return this;
    }

    /// Makes nodes count as lost once they have been silent for so long; from a node's next start
    /// on.
    public Simulation losing(Duration after) {
        world.placement = new PlacementConfig(after, world.placement.options());
        return this;
    }

    /// Lets a process die at one step of what it does from now on; someone starts it again.
    ///
    /// @return counts its steps
    Trap trap(NodeId id, Trap.Step step, long at) {
        Trap trap = new Trap(step, at);
        node(id).trap = trap;
        return trap;
    }

    /// Ends all trouble, waits until everybody who was to come or go has, and nothing is left to
    /// arrange, then as [#settle].
    public Simulation arrange() {
        heal();
        Duration limit = patience().multipliedBy(2).plusSeconds(60L + 4L * world.config.groups());
        await(
                "everybody to have come or gone",
                () -> registrar.isDone(invariants),
                limit,
                () -> registrar.complaints(invariants));
        for (NodeId leaver : registrar.leavers()) {
            for (GroupFacts group : invariants.groups().values()) {
                if (group.configuration().involves(leaver)) {
                    throw world.unsafe(leaver + " has left, and belongs to " + group.group);
                }
            }
            node(leaver).dismissed();
        }
        return settle();
    }

    /// Stops a process at once.
    public Simulation crash(NodeId id) {
        node(id).crash("as told");
        return this;
    }

    /// Starts a process that is down.
    public Simulation restart(NodeId id) {
        if (!node(id).isUp()) {
            node(id).start();
        }
        return this;
    }

    /// Replaces a node's disk by an empty one, without a ticket.
    public Simulation wipe(NodeId id) {
        node(id).wipe();
        return this;
    }

    /// Asks the group's leader to hand over.
    public Simulation transfer(GroupId group, NodeId target) {
        operator.transfer(group, target);
        return this;
    }

    /// Wants the group's replicas on these nodes, and waits until they are there. Where there was
    /// none, or where there was one before, another replica is made.
    public Simulation place(GroupId group, NodeId... on) {
        operator.place(group, List.of(on));
        Duration limit = Duration.ofSeconds(60);
        runUntil("the placement to be known", () -> operator.knows(group, List.of(on)), limit);
        return runUntil(group + " to be on " + List.of(on), this::placed, limit);
    }

    /// Lets a disk call durable what is not, for a while, after which the power fails.
    public Simulation lie(NodeId id, Duration span) {
        node(id).troubles().lie(span.toNanos());
        return this;
    }

    /// Lets a process stand still.
    public Simulation pause(NodeId id, Duration span) {
        node(id).troubles().pause(span.toNanos());
        return this;
    }

    /// Makes a node's disk slow.
    public Simulation slowDisk(NodeId id, Duration span) {
        node(id).troubles().slowDisk(span.toNanos());
        return this;
    }

    /// Suspends a whole machine: only its wall clock runs on.
    public Simulation suspend(NodeId id, Duration span) {
        node(id).troubles().suspend(span.toNanos());
        return this;
    }

    /// Gives a node's monotonic clock another speed.
    ///
    /// @param ppm how much too fast, in millionths
    public Simulation drift(NodeId id, long ppm) {
        node(id).troubles().drift(ppm);
        return this;
    }

    /// Moves a node's wall clock.
    public Simulation jumpClock(NodeId id, Duration by) {
        node(id).troubles().jumpClock(by.toNanos() / 1_000);
        return this;
    }

    /// Leaves a node's disk no room for a while.
    public Simulation fillDisk(NodeId id, Duration span) {
        node(id).troubles().fillDisk(span.toNanos());
        return this;
    }

    /// Makes a node's disk fail; the process ends soon.
    public Simulation failDisk(NodeId id) {
        node(id).troubles().failDisk();
        return this;
    }

    /// Turns over a stored bit of a node's journal, once it is written down that all is durable.
    public Simulation rot(NodeId id) {
        runUntil(id + "'s journal to rest", node(id)::journalRests, Duration.ofSeconds(30));
        node(id).troubles().rot();
        return this;
    }

    /// Crashes a node and loses the newest file of its journal.
    public Simulation loseNewestFile(NodeId id) {
        runUntil(id + "'s journal to rest", node(id)::journalRests, Duration.ofSeconds(30));
        node(id).troubles().loseNewestFile();
        return this;
    }

    /// Cuts all links between these nodes and the others.
    public Simulation partition(NodeId... side) {
        network.partition(List.of(side));
        return this;
    }

    /// Cuts the link in one direction.
    public Simulation cut(NodeId from, NodeId to) {
        network.cut(from, to);
        return this;
    }

    /// Checks that a node whose disk was wiped belongs to no cluster (rule R22).
    Simulation requireStranger(NodeId id) {
        SimNode stranger = node(id);
        if (!stranger.isUp() || stranger.founded() || !stranger.machines().isEmpty()) {
            throw world.unsafe(id + " belongs to a cluster after its disk was wiped");
        }
        return this;
    }

    // ---- watching ------------------------------------------------------------------------------

    /// The leader of the latest term that is up and believes in it.
    public Optional<NodeId> leader(GroupId group) {
        return survey.leader(group);
    }

    /// Whether every data group has a leader.
    public boolean everyGroupHasLeader() {
        return survey.everyGroupHasLeader();
    }

    /// Whether the cluster is founded, as every node that is up knows.
    public boolean founded() {
        return survey.founded();
    }

    /// Whether every node is up and every replica has applied all that was committed.
    public boolean converged() {
        return survey.converged();
    }

    /// What the node knows that knows most.
    MetadataView newestView() {
        return Objects.requireNonNull(operator.newestView(), "nobody is up");
    }

    /// How many snapshots of a group the node has fetched.
    long fetched(NodeId id, GroupId group) {
        return node(id).fetching.count(group);
    }

    /// Keeps a process down for good.
    Simulation forbid(NodeId id) {
        node(id).dismissed();
        return this;
    }

    /// Whether the group has a majority of replicas that have lost nothing.
    public boolean canServe(GroupId group) {
        return survey.isAble(group);
    }

    /// Whether every replica that is known to be lost, of a group that can serve, was replaced.
    public boolean healed() {
        return survey.healed();
    }

    private boolean placed() {
        return operator.isObeyed(invariants);
    }

    /// Committed entries of a group, as far as somebody acted on them.
    public long committed(GroupId group) {
        GroupFacts facts = invariants.groups().get(group);
        return facts == null ? 0 : facts.committed.lastIndex();
    }

    /// Writes and reads that were answered.
    public long answered() {
        return courier.applied();
    }

    /// Requests that were answered in this way.
    public long served(Outcome.Served how) {
        return courier.served(how);
    }

    /// The greatest stamp of a write that was answered, in microseconds since the epoch.
    public long logTimeMicros() {
        return courier.logTimeMicros();
    }

    /// What a right wall clock shows now, in microseconds since the epoch.
    public long trueTimeMicros() {
        return new SimClock(0, 0, 0).at(world.nowNanos()).wallMicros();
    }

    /// Snapshots that replicas have installed.
    public long snapshotsInstalled() {
        return invariants.snapshotsInstalled();
    }

    /// How often a journal found no room on its disk.
    public long disksFull() {
        return world.disksFull;
    }

    /// Replicas of a group that there ever were.
    public long replicasEver(GroupId group) {
        GroupFacts facts = invariants.groups().get(group);
        return facts == null ? 0 : facts.replicas.size();
    }

    /// Simulated time so far.
    public Duration elapsed() {
        return Duration.ofNanos(world.nowNanos());
    }

    /// Equal for two runs exactly when they did the same things at the same times.
    public long traceHash() {
        return world.trace.hash();
    }

    /// What happened, in numbers.
    public Report report() {
        return new Report(
                world.scenario,
                world.seed,
                world.nowNanos(),
                world.agenda.ran(),
                invariants.checks(),
                courier.applied(),
                courier.rejected(),
                courier.unknown(),
                undecided,
                nodes.stream().mapToInt(SimNode::incarnation).sum() - nodes.size(),
                world.undetected,
                world.trace.hash());
    }

    SimNode node(NodeId id) {
        return nodes.get((int) id.value() - 1);
    }
}
