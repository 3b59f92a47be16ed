package dev.quorate.sim;

import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataEntry.SetPlacement;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Someone who moves replicas between nodes and leaders between replicas, at random, while clients
/// work.
final class Operator {
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private final World world;
    private final List<SimNode> nodes;
    private final Prng random;
    private final TreeSet<Long> asked = new TreeSet<>();
    private boolean running;
    private boolean moved;
    private long lastRequest;

    Operator(World world, List<SimNode> nodes) {
        this.world = world;
        this.nodes = nodes;
        random = world.random.fork();
    }

    /// Begins to meddle.
    void start(long everyNanosMax) {
        running = true;
        plan(everyNanosMax);
    }

    void stop() {
        running = false;
    }

    /// A request of the operator's was answered: once, whatever the answer.
    void replied(long requestId) {
        if (!asked.remove(requestId)) {
            throw world.unsafe("the operator's request " + requestId + " was answered again");
        }
    }

    private void plan(long everyNanosMax) {
        world.agenda.after(
                1 + random.nextLong(everyNanosMax),
                () -> {
                    if (running) {
                        act();
                        plan(everyNanosMax);
                    }
                });
    }

    private void act() {
        MetadataView view = newestView();
        SimNode through = random.pick(nodes);
        if (view == null || !view.founded() || !through.isUp()) {
            return;
        }
        GroupInfo group = random.pick(view.routing().groups());
        if (random.chance(0.3) || group.id().equals(GroupId.METADATA)) {
            transfer(group.id());
        } else {
            move(through, view, group);
        }
    }

    private void transfer(GroupId group) {
        transfer(group, random.chance(0.3) ? null : random.pick(nodes).id());
    }

    /// Asks whoever believes to lead the group to hand over.
    ///
    /// @param target null for whoever is fittest
    void transfer(GroupId group, @Nullable NodeId target) {
        for (SimNode node : nodes) {
            if (node.isUp() && node.leads(group)) {
                long id = nextRequest();
                node.post(
                        new NodeInput.Transfer(
                                id, group, target, node.now().nanos() + PATIENCE_NANOS));
            }
        }
    }

    private void move(SimNode through, MetadataView view, GroupInfo group) {
        int size = random.pick(List.of(1, 2, 3, 3, 3, nodes.size()));
        List<NodeId> goal = new ArrayList<>();
        for (SimNode node : nodes) {
            goal.add(random.nextInt(goal.size() + 1), node.id());
        }
        place(through, view, group, goal.subList(0, Math.min(size, goal.size())));
    }

    /// Wants the group on these nodes.
    void place(GroupId id, List<NodeId> goal) {
        MetadataView view = newestView();
        GroupInfo group = view == null ? null : view.routing().group(id);
        if (view == null || group == null) {
            throw world.stuck("nobody knows " + id);
        }
        for (SimNode node : nodes) {
            if (node.isUp()) {
                place(node, view, group, goal);
                return;
            }
        }
        throw world.stuck("nobody is up");
    }

    /// Whether group 0 wants the group on these nodes.
    boolean knows(GroupId id, List<NodeId> goal) {
        MetadataView view = newestView();
        GroupInfo group = view == null ? null : view.routing().group(id);
        return group != null && group.members().stream().map(Member::node).toList().equals(goal);
    }

    private void place(SimNode through, MetadataView view, GroupInfo group, List<NodeId> goal) {
        long nextReplica = view.nextReplicaId();
        List<Member> members = new ArrayList<>();
        for (NodeId node : goal) {
            Member known = replicaOn(group, node);
            members.add(known != null ? known : new Member(node, new ReplicaId(nextReplica++)));
        }
        moved = true;
        propose(through, new SetPlacement(group.id(), members));
    }

    /// Asks group 0 for something, by way of a node.
    void propose(SimNode through, MetadataEntry entry) {
        through.post(
                new NodeInput.Write(
                        nextRequest(),
                        GroupId.METADATA,
                        MetadataCodec.encode(entry),
                        through.now().nanos() + PATIENCE_NANOS,
                        Reach.FORWARD));
    }

    /// What keeps the groups from being where they shall be, in words.
    String complaints(Invariants invariants) {
        StringBuilder text = new StringBuilder();
        MetadataView view = newestView();
        if (view == null) {
            return "nobody is up";
        }
        for (GroupInfo group : view.routing().groups()) {
            GroupFacts facts = invariants.groups().get(group.id());
            text.append(group.id())
                    .append(" shall be at ")
                    .append(group.members())
                    .append(", is ")
                    .append(facts == null ? "nowhere" : facts.configuration())
                    .append("; ");
        }
        return text.toString();
    }

    private static @Nullable Member replicaOn(GroupInfo group, NodeId node) {
        for (Member member : group.configuration().all()) {
            if (member.node().equals(node)) {
                return member;
            }
        }
        return group.memberOn(node);
    }

    private long nextRequest() {
        long id = --lastRequest;
        asked.add(id);
        return id;
    }

    /// Whether every group's voters are where the newest command wants them.
    boolean isObeyed(Invariants invariants) {
        MetadataView view = newestView();
        if (!moved || view == null) {
            return true;
        }
        for (GroupInfo group : view.routing().groups()) {
            GroupFacts facts = invariants.groups().get(group.id());
            if (facts == null
                    || !new HashSet<>(facts.configuration().voters())
                            .equals(new HashSet<>(group.members()))
                    || !new HashSet<>(facts.configuration().learners())
                            .equals(new HashSet<>(group.listeners()))) {
                return false;
            }
        }
        return true;
    }

    /// What the node knows that knows most; null while nobody is up.
    @Nullable MetadataView newestView() {
        MetadataView newest = null;
        for (SimNode node : nodes) {
            MetadataView view = node.view();
            if (view != null && (newest == null || view.index() > newest.index())) {
                newest = view;
            }
        }
        return newest;
    }
}
