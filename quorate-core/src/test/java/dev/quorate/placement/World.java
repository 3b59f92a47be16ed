package dev.quorate.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.Founding;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataOutcome;
import dev.quorate.metadata.MetadataState;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.RoutingChange;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/// A cluster as placement sees it: group 0's state, and groups that do what they are told when the
/// test lets them. Checks after every step what must never happen.
final class World {
    final List<NodeId> lost = new ArrayList<>();
    private final PlacementOptions options;
    private final int replicationFactor;
    private MetadataState state;

    /// How many replicas of data groups were told to go to another node.
    int moved;

    World(int nodes, int groups, int replicationFactor, PlacementOptions options) {
        this(infos(nodes), groups, replicationFactor, options);
    }

    World(List<NodeInfo> nodes, int groups, int replicationFactor, PlacementOptions options) {
        this.options = options;
        this.replicationFactor = replicationFactor;
        state =
                MetadataState.EMPTY
                        .apply(
                                1,
                                1,
                                Founding.batch(
                                        new ClusterId(1, 2), nodes, groups, replicationFactor))
                        .state();
    }

    static List<NodeInfo> infos(int count) {
        List<NodeInfo> nodes = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            nodes.add(NodeInfo.joining(new NodeId(id), "h" + id + ":1", ""));
        }
        return nodes;
    }

    static NodeInfo inZone(long id, String zone) {
        return NodeInfo.joining(new NodeId(id), "h" + id + ":1", "")
                .withLabels(new TreeMap<>(Map.of("zone", zone)));
    }

    MetadataView view() {
        return state.view();
    }

    void apply(MetadataEntry entry) {
        MetadataState.Step step = state.apply(state.index() + 1, 1, entry);
        assertThat(step.outcome()).as("%s", entry).isEqualTo(new MetadataOutcome.Applied());
        state = step.state();
    }

    void join(long id) {
        NodeInfo info = NodeInfo.joining(new NodeId(id), "h" + id + ":1", "");
        apply(new TopologyChange.Join(info.withState(NodeState.LEARNER)));
    }

    /// What placement wants now; nothing is changed.
    List<PlacementStep> plan() {
        List<PlacementStep> steps = Placement.next(view(), lost, options);
        assertThat(Placement.next(view(), lost, options)).isEqualTo(steps);
        return steps;
    }

    /// Takes the steps that placement wants now.
    ///
    /// @return whether there were any
    boolean place() {
        List<PlacementStep> steps = plan();
        Set<GroupId> touched = new HashSet<>();
        for (PlacementStep step : steps) {
            assertThat(touched.add(step.group())).as("two steps for %s", step.group()).isTrue();
            check(step);
        }
        if (!steps.isEmpty()) {
            apply(Placement.batch(steps));
        }
        return !steps.isEmpty();
    }

    private void check(PlacementStep step) {
        GroupInfo group = group(step.group());
        if (!group.isSettled()) {
            assertThat(step.reason())
                    .isIn(PlacementStep.Reason.WITHDRAWN, PlacementStep.Reason.LISTEN);
        }
        List<Member> come = new ArrayList<>(step.members());
        come.removeAll(group.members());
        List<Member> go = new ArrayList<>(group.members());
        go.removeAll(step.members());
        assertThat(come).as("%s", step).hasSizeLessThanOrEqualTo(1);
        assertThat(go).as("%s", step).hasSizeLessThanOrEqualTo(1);
        assertThat(live(group, step.members()))
                .as("live replicas after %s of %s", step, group)
                .isGreaterThanOrEqualTo(Math.min(replicationFactor, live(group, group.members())));
        for (Member member : come) {
            assertThat(lost).doesNotContain(member.node());
            moved += step.group().equals(GroupId.METADATA) ? 0 : 1;
        }
    }

    private long live(GroupInfo group, List<Member> members) {
        return members.stream()
                .filter(member -> !lost.contains(member.node()))
                .filter(member -> !group.isQuarantined(member.replica()))
                .count();
    }

    /// Lets every group with a majority finish what it was told.
    void settle() {
        for (GroupInfo group : view().routing().groups()) {
            settle(group);
        }
    }

    void settle(GroupInfo group) {
        if (!group.isSettled() && new Fleet(view(), lost).hasMajority(group)) {
            apply(
                    new RoutingChange.ReportConfiguration(
                            group.id(),
                            group.configIndex() + 1,
                            group.members(),
                            List.of(),
                            group.listeners()));
        }
    }

    /// Goes on until nothing is left to do.
    void converge() {
        for (int round = 0; round < 10_000; round++) {
            settle();
            List<TopologyChange> changes = NodeSteps.next(view(), plan(), nodeIds());
            changes.forEach(this::apply);
            if (!place() && changes.isEmpty()) {
                return;
            }
        }
        throw new AssertionError("placement never comes to rest");
    }

    List<NodeId> nodeIds() {
        return view().topology().nodes().stream().map(NodeInfo::id).toList();
    }

    GroupInfo group(GroupId id) {
        return Objects.requireNonNull(view().routing().group(id));
    }

    List<GroupInfo> dataGroups() {
        return view().routing().groups().stream().skip(1).toList();
    }

    /// Replicas of data groups on each node that can hold some.
    Map<NodeId, Integer> loads() {
        return count(false);
    }

    /// How often each node is preferred as leader of a data group.
    Map<NodeId, Integer> leads() {
        return count(true);
    }

    private Map<NodeId, Integer> count(boolean leadersOnly) {
        TreeMap<NodeId, Integer> counts = new TreeMap<>();
        new Fleet(view(), lost).usable().forEach(node -> counts.put(node, 0));
        for (GroupInfo group : dataGroups()) {
            for (Member member : leadersOnly ? group.members().subList(0, 1) : group.members()) {
                counts.merge(member.node(), 1, Integer::sum);
            }
        }
        return counts;
    }

    static int spread(Map<NodeId, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0)
                - counts.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    }
}
