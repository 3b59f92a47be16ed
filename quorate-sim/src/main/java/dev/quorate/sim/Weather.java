package dev.quorate.sim;

import dev.quorate.raft.RaftConfig.Timing;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;

/// Brings the faults of a run, every ten milliseconds, while it lasts; and takes them away again.
final class Weather {
    private static final long TICK_NANOS = 10_000_000L;
    private static final double TICKS_PER_SECOND = 100;
    private static final long YEAR_MICROS = 365L * 24 * 3_600_000_000L;

    /// Leases must hold as long as clocks are off by no more than this.
    private static final long DRIFT_PPM_MAX = Timing.CLOCK_DRIFT_PERCENT_MAX * 10_000L;

    private final World world;
    private final SimNetwork network;
    private final List<SimNode> nodes;
    private final Prng random;
    private long ends = -1;

    Weather(World world, SimNetwork network, List<SimNode> nodes) {
        this.world = world;
        this.network = network;
        this.nodes = nodes;
        random = world.random.fork();
    }

    /// Starts bad weather that lasts until [#end].
    void begin(Faults faults) {
        world.faults = faults;
        long mine = world.nowNanos();
        ends = mine;
        world.agenda.after(TICK_NANOS, () -> tick(mine));
    }

    /// Ends it: the network mends, every process runs, disks are quick.
    void end() {
        ends = -1;
        world.faults = Faults.NONE;
        network.heal();
        for (SimNode node : nodes) {
            node.troubles().calm();
            if (!node.isUp()) {
                node.start();
            }
        }
    }

    private void tick(long mine) {
        if (ends != mine) {
            return;
        }
        for (SimNode node : nodes) {
            if (node.isUp()) {
                trouble(node);
            } else {
                restartLater(node);
            }
        }
        if (happens(FaultKind.PARTITION)) {
            partition();
        }
        if (happens(FaultKind.CUT)) {
            NodeId from = random.pick(nodes).id();
            NodeId to = random.pick(nodes).id();
            if (!from.equals(to)) {
                network.cut(from, to);
                healLater();
            }
        }
        world.agenda.after(TICK_NANOS, () -> tick(mine));
    }

    private void trouble(SimNode node) {
        if (happens(FaultKind.PAUSE)) {
            node.troubles().pause(random.nextLong(10_000_000L, 3_000_000_000L));
        }
        if (happens(FaultKind.SUSPEND)) {
            node.troubles().suspend(random.nextLong(10_000_000L, 3_000_000_000L));
        }
        if (happens(FaultKind.SLOW_DISK)) {
            node.troubles().slowDisk(random.nextLong(100_000_000L, 2_000_000_000L));
        }
        if (happens(FaultKind.FULL_DISK)) {
            node.troubles().fillDisk(random.nextLong(100_000_000L, 3_000_000_000L));
        }
        if (happens(FaultKind.FAILED_FORCE)) {
            node.troubles().failDisk();
        }
        clocks(node);
        if (happens(FaultKind.CRASH)) {
            node.crash("by chance");
        }
        losses(node);
    }

    private void clocks(SimNode node) {
        if (happens(FaultKind.CLOCK_JUMP) && world.mayJump(node.id())) {
            node.troubles().jumpClock(random.nextLong(-3_600_000_000L, 3_600_000_000L));
        }
        if (happens(FaultKind.YEAR_JUMP) && world.mayJump(node.id())) {
            node.troubles().jumpClock(random.nextBoolean() ? YEAR_MICROS : -YEAR_MICROS);
        }
        if (happens(FaultKind.DRIFT)) {
            // at the very bounds as often as between
            long ppm = random.nextLong(-2 * DRIFT_PPM_MAX, 2 * DRIFT_PPM_MAX + 1);
            node.troubles().drift(Math.clamp(ppm, -DRIFT_PPM_MAX, DRIFT_PPM_MAX));
        }
        if (happens(FaultKind.WILD_DRIFT)) {
            node.troubles().drift(random.nextLong(-700_000, 700_000));
        }
    }

    /// Lets data be lost, of no more nodes than the run allows.
    private void losses(SimNode node) {
        if (!world.mayLose(node.id())) {
            return;
        }
        if (happens(FaultKind.BIT_ROT)) {
            node.troubles().rot();
        }
        if (happens(FaultKind.LOST_FILE)) {
            node.troubles().loseNewestFile();
        }
        if (happens(FaultKind.LYING_FORCE)) {
            node.troubles().lie(random.nextLong(1_000_000L, 1_000_000_000L));
        }
        if (happens(FaultKind.WIPE)) {
            node.wipe();
        }
    }

    private void restartLater(SimNode node) {
        // half of the crashed return within a few milliseconds: old messages are still under way
        double perTick =
                node.incarnation() % 2 == 0
                        ? 0.8
                        : TICK_NANOS / (double) Math.max(TICK_NANOS, halfDownNanos());
        if (random.chance(perTick)) {
            node.start();
        }
    }

    private long halfDownNanos() {
        return world.faults.delays().downMax().toNanos() / 2;
    }

    private void partition() {
        List<NodeId> side = new ArrayList<>();
        for (SimNode node : nodes) {
            if (random.nextBoolean()) {
                side.add(node.id());
            }
        }
        if (!side.isEmpty() && side.size() < nodes.size()) {
            network.partition(side);
            healLater();
        }
    }

    private void healLater() {
        long mine = ends;
        boolean oneByOne = random.chance(world.faults.of(FaultKind.SWIZZLED_HEAL));
        world.agenda.after(
                random.nextLong(100_000_000L, 4_000_000_000L),
                () -> {
                    if (ends != mine) {
                        return;
                    }
                    if (oneByOne) {
                        network.healOneByOne();
                    } else {
                        network.heal();
                    }
                });
    }

    private boolean happens(FaultKind kind) {
        double perSecond = world.faults.of(kind);
        return perSecond > 0 && random.chance(perSecond / TICKS_PER_SECOND);
    }
}
