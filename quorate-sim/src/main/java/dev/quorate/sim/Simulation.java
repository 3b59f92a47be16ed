package dev.quorate.sim;

import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A whole cluster in one thread and in simulated time.
///
/// Everything that may vary is drawn from the seed, so a seed names one exact run. Invariants are
/// checked after every step; a breach throws a [Violation] that says how to replay it.
public final class Simulation {
    private final World world;
    private final SimNetwork network;
    private final Invariants invariants;
    private final List<SimNode> nodes = new ArrayList<>();
    private final Workload workload;
    private final Weather weather;
    private final Operator operator;
    private int undecided;

    /// Sets up the nodes, with a founding ticket each, none of them started.
    ///
    /// @param scenario what replays this run; a name
    public Simulation(String scenario, long seed, SimConfig config) {
        this(scenario, seed, config, new TraceLog());
    }

    Simulation(String scenario, long seed, SimConfig config, TraceLog trace) {
        world = new World(scenario, seed, config, trace);
        network = new SimNetwork(world, config.nodes());
        invariants = new Invariants(world);
        operator = new Operator(world, nodes);
        workload = new Workload(world, invariants, nodes, operator);
        ClusterId cluster = new ClusterId(world.random.nextLong(), world.random.nextLong());
        Ticket ticket = Ticket.of(config, cluster);
        for (int id = 1; id <= config.nodes(); id++) {
            SimNode node =
                    new SimNode(world, new NodeId(id), network, invariants, workload, ticket);
            nodes.add(node);
            network.attach(node);
        }
        weather = new Weather(world, network, nodes);
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
        long budget = budget(span);
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
        long budget = budget(limit);
        while (!condition.getAsBoolean()) {
            if (!world.agenda.next(endNanos)) {
                throw world.stuck("waited %s in vain for %s".formatted(limit, what));
            }
            spend(budget);
        }
        return this;
    }

    private long budget(Duration span) {
        SimConfig config = world.config;
        double beats = 1e9 / config.timing().heartbeat().toNanos();
        double perSecond = 100_000 + beats * config.groups() * config.replicas() * 40;
        return world.agenda.ran() + 200_000 + (long) (perSecond * span.toNanos() / 1e9);
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
        try {
            runUntil("every replica to be where it shall be", this::placed, moves);
        } catch (Violation.LivenessViolation stuck) {
            throw world.stuck(
                    String.valueOf(stuck.getMessage()).lines().findFirst().orElse("")
                            + "; "
                            + operator.complaints(invariants));
        }
        workload.probe();
        Duration limit = patience();
        runUntil("every group to serve", workload::allServed, limit);
        runUntil("all replicas to catch up", this::converged, limit);
        requireEqualStates();
        undecided += workload.check();
        return this;
    }

    /// How long a healed cluster may take: elections by the timeouts in force, catching up by what
    /// there is to catch up with.
    private Duration patience() {
        SimConfig config = world.config;
        long backlog = 0;
        for (GroupFacts group : invariants.groups().values()) {
            for (Member member : group.members()) {
                ReplicaFacts replica = group.on(member);
                long held = replica == null ? 0 : replica.durable.lastIndex();
                backlog += Math.max(0, group.committed.lastIndex() - held);
                backlog += group.committed.lastIndex() / 10;
            }
        }
        long perEntryMicros = config.isTight() ? 40_000 : 1_000;
        Duration elections = config.timing().election().multipliedBy(60);
        return elections
                .plusSeconds(10)
                .plus(Duration.ofNanos(backlog * perEntryMicros * 1_000))
                .plusMillis(config.isTight() ? 500L * config.groups() : 0);
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

    /// Lets a process stand still.
    public Simulation pause(NodeId id, Duration span) {
        node(id).pause(span.toNanos());
        return this;
    }

    /// Makes a node's disk slow.
    public Simulation slowDisk(NodeId id, Duration span) {
        node(id).slowDisk(span.toNanos());
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
        GroupFacts facts = invariants.groups().get(group);
        if (facts == null) {
            return Optional.empty();
        }
        NodeId best = null;
        long term = 0;
        for (ReplicaFacts replica : facts.replicas.values()) {
            long leads = replica.leadsTerm;
            if (leads > term && leads == replica.hardState.term()) {
                best = replica.node;
                term = leads;
            }
        }
        return Optional.ofNullable(best);
    }

    /// Whether every data group has a leader.
    public boolean everyGroupHasLeader() {
        for (int group = 1; group <= world.config.groups(); group++) {
            if (leader(new GroupId(group)).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /// Whether the cluster is founded, as every node that is up knows.
    public boolean founded() {
        return nodes.stream().allMatch(node -> !node.isUp() || node.founded());
    }

    /// Whether every node is up and every replica has applied all that was committed.
    public boolean converged() {
        for (GroupFacts group : invariants.groups().values()) {
            if (group.configuration().isJoint()) {
                return false;
            }
            for (Member member : group.members()) {
                ReplicaFacts replica = group.on(member);
                if (replica == null) {
                    return false;
                }
                boolean applied =
                        group.group.equals(GroupId.METADATA)
                                || replica.applied >= group.committed.lastIndex();
                if (!node(member.node()).isUp()
                        || !applied
                        || replica.durable.lastIndex() < group.committed.lastIndex()) {
                    return false;
                }
            }
        }
        return founded();
    }

    private boolean placed() {
        return operator.isObeyed(invariants);
    }

    /// Equal logs give equal states.
    private void requireEqualStates() {
        for (GroupFacts group : invariants.groups().values()) {
            if (group.group.equals(GroupId.METADATA)) {
                continue;
            }
            Long expected = null;
            for (Member member : group.members()) {
                RegisterMachine machine = node(member.node()).machines().get(group.group);
                long hash = machine == null ? 0 : machine.stateHash();
                if (expected != null && hash != expected) {
                    throw world.unsafe(group.group + " has different states on its replicas");
                }
                expected = hash;
            }
        }
    }

    /// Committed entries of a group, as far as somebody acted on them.
    public long committed(GroupId group) {
        GroupFacts facts = invariants.groups().get(group);
        return facts == null ? 0 : facts.committed.lastIndex();
    }

    /// Writes and reads that were answered.
    public long answered() {
        return workload.applied();
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
                workload.applied(),
                workload.rejected(),
                workload.unknown(),
                undecided,
                nodes.stream().mapToInt(SimNode::incarnation).sum() - nodes.size(),
                world.trace.hash());
    }

    private SimNode node(NodeId id) {
        return nodes.get((int) id.value() - 1);
    }
}
