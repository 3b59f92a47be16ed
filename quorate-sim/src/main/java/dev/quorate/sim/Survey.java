package dev.quorate.sim;

import static java.util.stream.Collectors.joining;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Looks at the whole cluster at once: who leads, who lags, which groups can still serve.
final class Survey {
    private final World world;
    private final Invariants invariants;
    private final List<SimNode> nodes;

    /// The group that was last seen to lag: looked at first, as this is asked after every event.
    private @Nullable GroupFacts laggard;

    Survey(World world, Invariants invariants, List<SimNode> nodes) {
        this.world = world;
        this.invariants = invariants;
        this.nodes = nodes;
    }

    /// The leader of the latest term that is up and believes in it.
    Optional<NodeId> leader(GroupId group) {
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

    /// Whether the group has a leader that has committed something in its term.
    boolean isLed(GroupId group) {
        GroupFacts facts = invariants.groups().get(group);
        if (facts == null || facts.committed.lastIndex() == 0) {
            return false;
        }
        long term = facts.committed.termAt(facts.committed.lastIndex());
        Optional<NodeId> leader = leader(group);
        return leader.isPresent()
                && facts.replicas.values().stream()
                        .anyMatch(replica ->
                                replica.node.equals(leader.get()) && replica.leadsTerm == term);
    }

    /// Whether the cluster is founded, as every node that is up knows.
    boolean founded() {
        return nodes.stream().allMatch(node -> !node.isUp() || node.founded());
    }

    /// Whether the group must serve once all trouble is over: it has, and the group that tells
    /// where everything is has, a majority of replicas that have lost nothing. Else it must stay
    /// shut.
    boolean isAble(GroupId group) {
        return hasMajority(group) && hasMajority(GroupId.METADATA);
    }

    private boolean hasMajority(GroupId id) {
        GroupFacts group = invariants.groups().get(id);
        return group == null || group.configuration().hasQuorum(replica -> isSound(group, replica));
    }

    private boolean isSound(GroupFacts group, ReplicaId id) {
        Member member = group.configuration().member(id);
        ReplicaFacts replica = group.replicas.get(id);
        return member != null
                && !node(member.node()).isOut()
                && (replica == null ? !world.isLoser(member.node()) : !replica.gone);
    }

    /// Whether no group that can serve counts a replica that its node knows to be lost: it was
    /// reported, and replaced (rule R7).
    boolean healed() {
        return invariants.groups().values().stream().allMatch(group -> unhealed(group).isEmpty());
    }

    private List<Member> unhealed(GroupFacts group) {
        if (!isAble(group.group)) {
            return List.of();
        }
        return group.members().stream()
                .filter(member -> {
                    ReplicaFacts replica = group.on(member);
                    SimNode node = node(member.node());
                    // a node whose disk was wiped knows nothing that it could report
                    return replica != null
                            && replica.gone
                            && node.isUp()
                            && !node.isOut()
                            && node.founded();
                })
                .toList();
    }

    /// Whether every replica that has lost nothing, of a group that can serve, has applied all that
    /// was committed.
    boolean converged() {
        if (laggard != null && lags(laggard)) {
            return false;
        }
        for (GroupFacts group : invariants.groups().values()) {
            if (lags(group)) {
                laggard = group;
                return false;
            }
        }
        return nodes.stream().anyMatch(node -> world.isLoser(node.id())) || founded();
    }

    private boolean lags(GroupFacts group) {
        return !converged(group) && isAble(group.group);
    }

    private boolean converged(GroupFacts group) {
        if (group.configuration().isJoint()) {
            return false;
        }
        for (Member member : group.members()) {
            if (isSound(group, member.replica())
                    && !isUpToDate(group, group.on(member), node(member.node()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUpToDate(
            GroupFacts group, @Nullable ReplicaFacts replica, SimNode node) {
        long last = group.committed.lastIndex();
        return replica != null
                && node.isUp()
                && (group.group.equals(GroupId.METADATA) || replica.applied >= last)
                && replica.durable.lastIndex() >= last;
    }

    /// What keeps the cluster from agreeing, in words.
    String laggards() {
        return invariants.groups().values().stream()
                .filter(this::lags)
                .map(Survey::describe)
                .collect(joining("; "));
    }

    /// How the group stands, in words.
    String describe(GroupId id) {
        GroupFacts group = invariants.groups().get(id);
        return group == null ? id + " was never seen" : describe(group);
    }

    private static String describe(GroupFacts group) {
        return "%s, committed to %d, %s: %s"
                .formatted(
                        group.group,
                        group.committed.lastIndex(),
                        group.configuration(),
                        group.replicas.values());
    }

    /// Equal logs give equal states.
    void requireEqualStates() {
        for (GroupFacts group : invariants.groups().values()) {
            if (!group.group.equals(GroupId.METADATA) && isAble(group.group)) {
                requireEqualStates(group);
            }
        }
    }

    private void requireEqualStates(GroupFacts group) {
        Long expected = null;
        for (Member member : group.members()) {
            if (!isSound(group, member.replica())) {
                continue;
            }
            RegisterMachine machine = node(member.node()).machines().get(group.group);
            long hash = machine == null ? 0 : machine.stateHash();
            if (expected != null && hash != expected) {
                throw world.unsafe(
                        "%s has different states on its replicas, %s is the first: %s"
                                .formatted(group.group, member, group.replicas.values()));
            }
            expected = hash;
        }
    }

    /// The group's state machine, on any replica that has lost nothing.
    Optional<RegisterMachine> machine(GroupId id) {
        GroupFacts group = invariants.groups().get(id);
        if (group == null) {
            return Optional.empty();
        }
        return group.members().stream()
                .filter(member -> isSound(group, member.replica()))
                .map(member -> Optional.ofNullable(node(member.node()).machines().get(id)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /// Entries that replicas have to catch up with, about.
    long backlog() {
        long backlog = 0;
        for (GroupFacts group : invariants.groups().values()) {
            for (Member member : group.members()) {
                ReplicaFacts replica = group.on(member);
                long held = replica == null ? 0 : replica.durable.lastIndex();
                backlog += Math.max(0, group.committed.lastIndex() - held);
                backlog += group.committed.lastIndex() / 10;
            }
        }
        return backlog;
    }

    private SimNode node(NodeId id) {
        return nodes.get((int) id.value() - 1);
    }
}
