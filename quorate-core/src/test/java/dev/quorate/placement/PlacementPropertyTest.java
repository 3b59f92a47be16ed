package dev.quorate.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.RoutingChange;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Whatever happens to nodes, and in whatever order groups do what they are told: no group falls
/// below its replication factor by our doing ([World] checks every step), and calm brings balance.
class PlacementPropertyTest {
    @TestFactory
    Stream<DynamicTest> stormsNeverEndangerAGroupAndCalmBringsBalance() {
        long first = Long.getLong("sim.seed", 1);
        long count = Long.getLong("sim.seed") != null ? 1 : Long.getLong("sim.seeds", 40);
        return LongStream.range(first, first + count)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed=" + seed, () -> story(seed)));
    }

    private static void story(long seed) {
        Random random = new Random(seed);
        int nodes = 4 + random.nextInt(6);
        int groups = 1 + random.nextInt(40);
        World world =
                new World(
                        nodes,
                        groups,
                        3,
                        new PlacementOptions(
                                random.nextBoolean() ? 5 : 7,
                                1 + random.nextInt(12),
                                1 + random.nextInt(4)));

        // given a storm in which nodes come, go and are lost, and groups move as they like
        for (int i = 0; i < 120; i++) {
            happen(random, world);
            if (random.nextInt(3) == 0) {
                world.place();
            }
            for (GroupInfo group : world.view().routing().groups()) {
                if (random.nextInt(4) == 0) {
                    world.settle(group);
                }
            }
        }

        // when all is calm
        world.lost.clear();
        world.converge();

        // then
        assertThat(world.plan()).as("seed %d", seed).isEmpty();
        assertThat(World.spread(world.loads()))
                .as("seed %d: %s", seed, world.loads())
                .isLessThanOrEqualTo(1);
        assertThat(World.spread(world.leads()))
                .as("seed %d: %s", seed, world.leads())
                .isLessThanOrEqualTo(1);
        List<NodeId> usable = new Fleet(world.view(), List.of()).usable();
        for (GroupInfo group : world.dataGroups()) {
            assertThat(group.members()).as("seed %d", seed).hasSize(3);
            assertThat(group.quarantined()).as("seed %d", seed).isEmpty();
            assertThat(usable).containsAll(group.members().stream().map(Member::node).toList());
        }
    }

    private static void happen(Random random, World world) {
        List<NodeInfo> nodes = world.view().topology().nodes();
        NodeInfo node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(8)) {
            case 0 -> {
                if (nodes.size() < 12) {
                    world.join(world.view().topology().nextNodeId());
                }
            }
            case 1 -> {
                boolean spare =
                        new Fleet(world.view(), world.lost).usable().size() > 4
                                && NodeSteps.blockers(world.view(), node.id(), world.lost)
                                        .isEmpty();
                if (node.state() == NodeState.ACTIVE && spare) {
                    world.apply(new TopologyChange.StartDecommission(node.id()));
                }
            }
            case 2 -> {
                if (node.state() == NodeState.DRAINING && random.nextInt(4) == 0) {
                    world.apply(new TopologyChange.CancelDecommission(node.id()));
                }
            }
            case 3 -> {
                if (world.lost.size() < 2 && !world.lost.contains(node.id())) {
                    world.lost.add(node.id());
                }
            }
            case 4 -> world.lost.remove(node.id());
            case 5 -> {
                List<GroupInfo> groups = world.view().routing().groups();
                GroupInfo group = groups.get(random.nextInt(groups.size()));
                Member member = group.members().getFirst();
                if (group.quarantined().isEmpty() && group.isSettled()) {
                    world.apply(new RoutingChange.ReportQuarantine(group.id(), member));
                }
            }
            default ->
                    NodeSteps.next(world.view(), world.plan(), world.nodeIds())
                            .forEach(change -> {
                                if (!world.lost.contains(change.node())) {
                                    world.apply(change);
                                }
                            });
        }
    }
}
