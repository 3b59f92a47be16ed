package dev.quorate.sim;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;

/// Brings the faults of a run, every ten milliseconds, while it lasts; and takes them away again.
final class Weather {
    private static final long TICK_NANOS = 10_000_000L;
    private static final double TICKS_PER_SECOND = 100;

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
            node.calm();
            if (!node.isUp()) {
                node.start();
            }
        }
    }

    private void tick(long mine) {
        if (ends != mine) {
            return;
        }
        Faults faults = world.faults;
        for (SimNode node : nodes) {
            if (!node.isUp()) {
                restartLater(node);
                continue;
            }
            if (happens(faults.pauseRate())) {
                node.pause(random.nextLong(10_000_000L, 3_000_000_000L));
            }
            if (happens(faults.slowDiskRate())) {
                node.slowDisk(random.nextLong(100_000_000L, 2_000_000_000L));
            }
            if (happens(faults.clockJumpRate())) {
                node.jumpClock(random.nextLong(-3_600_000_000L, 3_600_000_000L));
            }
            if (happens(faults.crashRate())) {
                node.crash("by chance");
            }
        }
        if (happens(faults.partitionRate())) {
            partition();
        }
        if (happens(faults.cutRate())) {
            NodeId from = random.pick(nodes).id();
            NodeId to = random.pick(nodes).id();
            if (!from.equals(to)) {
                network.cut(from, to);
                healLater();
            }
        }
        world.agenda.after(TICK_NANOS, () -> tick(mine));
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
        return world.faults.downMax().toNanos() / 2;
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
        world.agenda.after(
                random.nextLong(100_000_000L, 4_000_000_000L),
                () -> {
                    if (ends == mine) {
                        network.heal();
                    }
                });
    }

    private boolean happens(double perSecond) {
        return random.chance(perSecond / TICKS_PER_SECOND);
    }
}
