package dev.quorate.placement;

import dev.quorate.metadata.ClusterSettings;
import dev.quorate.metadata.Founding;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.placement.PlacementStep.Reason;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Decides where replicas shall be, one small step at a time.
///
/// A group is touched only once it is where it was last told to be, one replica comes before one
/// goes, and a replica that is worth its place goes only to make the cluster more even. So no group
/// ever falls below its replication factor by our doing, whoever takes the steps, and whenever.
/// Equal views give equal steps; when there is nothing to do there are none.
public final class Placement {
    /// Value of [ClusterSettings#PLACEMENT] that stops all steps but those by which nodes hear what
    /// group 0 says.
    public static final String PAUSED = "paused";

    private static final int REPLICATION_FACTOR = 3;

    private final MetadataView view;
    private final Layout layout;
    private final Fleet fleet;
    private final PlacementOptions options;
    private final int replicationFactor;

    /// A rolling upgrade restarts nodes one by one: nothing moves that need not, and nodes that are
    /// away for a while will be back.
    private final boolean upgrading;

    private Placement(MetadataView view, Fleet fleet, PlacementOptions options) {
        this.view = view;
        this.fleet = fleet;
        this.options = options;
        layout = new Layout(view, fleet);
        replicationFactor = replicationFactor(view);
        upgrading = isUpgrading(view, fleet);
    }

    /// What to propose now.
    ///
    /// @param lost nodes whose replicas shall be replaced because they have been away for too long;
    ///   when that is half of all nodes or more, the fault is likely elsewhere and nothing is done
    public static List<PlacementStep> next(
            MetadataView view, Collection<NodeId> lost, PlacementOptions options) {
        Fleet fleet = new Fleet(view, lost);
        boolean paused = PAUSED.equals(view.settings().get(ClusterSettings.PLACEMENT));
        boolean tooManyLost = 2 * fleet.lostCount() >= view.topology().nodes().size();
        if (!view.founded()) {
            return List.of();
        }
        Arrangement arrangement = new Arrangement(view, fleet, options);
        if (!paused && !tooManyLost && !fleet.usable().isEmpty()) {
            Placement placement = new Placement(view, fleet, options);
            placement.plan();
            placement.layout.moves().forEach(arrangement::take);
            new LeaderBalance(arrangement, fleet).run();
        }
        arrangement.listen();
        return arrangement.steps();
    }

    /// Plans all that there is to do, the most urgent first.
    private void plan() {
        withdraw();
        replace(Reason.QUARANTINED);
        replace(Reason.LOST);
        replace(Reason.DRAIN);
        resize();
        LoadBalance balance = new LoadBalance(layout, fleet);
        balance.redirect();
        if (!upgrading) {
            spread();
            balance.shift(options.movesMax());
        }
    }

    /// The steps as one entry: all of them or none, so that the replica ids fit.
    public static MetadataEntry.Batch batch(List<PlacementStep> steps) {
        return new MetadataEntry.Batch(steps.stream().map(PlacementStep::entry).toList());
    }

    /// How many replicas each data group shall have.
    static int replicationFactor(MetadataView view) {
        String value = view.settings().get(ClusterSettings.REPLICATION_FACTOR);
        return value == null ? REPLICATION_FACTOR : Integer.parseInt(value);
    }

    private static boolean isUpgrading(MetadataView view, Fleet fleet) {
        return view.topology().nodes().stream()
                        .filter(node -> fleet.isPresent(node.id()))
                        .map(NodeInfo::wire)
                        .mapToInt(range -> range.max())
                        .distinct()
                        .count()
                > 1;
    }

    /// A replica that will never arrive, because its node is gone or it has lost its data, shall go
    /// elsewhere: the one exception to touching no group that moves. One on a node that is only to
    /// be emptied arrives first: the group may count it already and not have said so, and its node
    /// would leave while it does.
    private void withdraw() {
        for (GroupInfo group : layout.groups()) {
            Member stranded =
                    first(
                            group,
                            member ->
                                    !votes(group, member)
                                            && (!fleet.isPresent(member.node())
                                                    || group.isQuarantined(member.replica())));
            if (!group.isSettled() && stranded != null) {
                NodeId to = home(group, stranded);
                if (to == null) {
                    to = layout.candidate(group, stranded);
                }
                if (to != null) {
                    layout.plan(group, stranded, to, Reason.WITHDRAWN);
                }
            }
        }
    }

    private static boolean votes(GroupInfo group, Member member) {
        return group.voters().contains(member) || group.configuration().outgoing().contains(member);
    }

    /// A node that still votes in the group and was about to be replaced by `stranded`.
    private @Nullable NodeId home(GroupInfo group, Member stranded) {
        for (Member voter : group.voters()) {
            if (fleet.isKept(group, voter)
                    && !voter.node().equals(stranded.node())
                    && group.memberOn(voter.node()) == null) {
                return voter.node();
            }
        }
        return null;
    }

    private void replace(Reason reason) {
        for (GroupInfo group : layout.groups()) {
            Member leaving = first(group, member -> reasonToGo(group, member) == reason);
            if (leaving == null || !layout.isOpen(group)) {
                continue;
            }
            NodeId to = kept(group) < target(group) ? layout.candidate(group, leaving) : null;
            // without another place for it a replica goes only if enough others stay
            if (to != null || kept(group) >= least(group)) {
                layout.plan(group, leaving, to, reason);
            }
        }
    }

    /// Why the replica is not worth its place; null when it is.
    private @Nullable Reason reasonToGo(GroupInfo group, Member member) {
        if (fleet.isKept(group, member)) {
            return null;
        }
        if (!fleet.isPresent(member.node())) {
            return upgrading && !view.isRevoked(member.node()) ? null : Reason.LOST;
        }
        return group.isQuarantined(member.replica()) ? Reason.QUARANTINED : Reason.DRAIN;
    }

    private void resize() {
        for (GroupInfo group : layout.groups()) {
            if (!layout.isOpen(group)) {
                continue;
            }
            int size = group.members().size();
            if (size < target(group)) {
                NodeId to = layout.candidate(group, /* leaving= */ null);
                if (to != null) {
                    layout.plan(group, /* leaving= */ null, to, Reason.FILL);
                }
            } else if (kept(group) > target(group) && !upgrading) {
                layout.plan(group, mostSpare(group), /* to= */ null, Reason.TRIM);
            }
        }
    }

    /// The member whose going costs least: it shares its domain, or its node has most to do.
    private Member mostSpare(GroupInfo group) {
        List<NodeId> nodes = layout.nodes(group);
        Member spare = group.members().getLast();
        for (Member member : group.members()) {
            int order =
                    Integer.compare(
                            fleet.neighbours(nodes, member.node()),
                            fleet.neighbours(nodes, spare.node()));
            if (order == 0) {
                order = Integer.compare(layout.load(member.node()), layout.load(spare.node()));
            }
            spare = order > 0 ? member : spare;
        }
        return spare;
    }

    /// Replicas that share a domain go where they are alone.
    private void spread() {
        for (GroupInfo group : layout.groups()) {
            List<NodeId> nodes = layout.nodes(group);
            Member crowded = first(group, member -> fleet.neighbours(nodes, member.node()) > 0);
            if (crowded == null || !layout.isOpen(group)) {
                continue;
            }
            NodeId to = layout.candidate(group, crowded);
            List<NodeId> staying = new ArrayList<>(nodes);
            staying.remove(crowded.node());
            if (to != null
                    && fleet.neighbours(staying, to) < fleet.neighbours(staying, crowded.node())) {
                layout.plan(group, crowded, to, Reason.SPREAD);
            }
        }
    }

    /// How many members the group shall have.
    private int target(GroupInfo group) {
        return group.id().equals(GroupId.METADATA)
                ? Founding.metadataMembers(
                        Math.max(replicationFactor, fleet.usable().size()),
                        options.metadataMembersMax())
                : replicationFactor;
    }

    /// Below how many members that are worth their place none is given up without another.
    private int least(GroupInfo group) {
        return Math.min(replicationFactor, target(group));
    }

    private int kept(GroupInfo group) {
        return (int) group.members().stream().filter(member -> fleet.isKept(group, member)).count();
    }

    private static @Nullable Member first(GroupInfo group, Predicate<Member> condition) {
        for (Member member : group.members()) {
            if (condition.test(member)) {
                return member;
            }
        }
        return null;
    }
}
