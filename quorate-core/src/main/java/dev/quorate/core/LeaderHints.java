package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage.Leads;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who leads the groups that this node holds no replica of, as the leaders themselves say: once a
/// second, and when they are elected. Only hints: a wrong one costs a redirect.
final class LeaderHints {
    private static final long PERIOD_NANOS = 1_000_000_000;

    private record Hint(long term, NodeId leader) {}

    private final NodeId self;
    private final Turn turn;
    private final Map<GroupId, Hint> known = new TreeMap<>();
    private long nextNanos;

    LeaderHints(NodeId self, Turn turn) {
        this.self = self;
        this.turn = turn;
    }

    /// The leader of a group that is not hosted here; null if nobody said so.
    @Nullable NodeId leaderOf(GroupId group) {
        Hint hint = known.get(group);
        return hint == null ? null : hint.leader();
    }

    /// A member of a group that is not hosted here, which may know who leads it; null for none.
    @Nullable NodeId memberOf(GroupInfo group) {
        for (Member member : group.members()) {
            if (!member.node().equals(self) && !group.isQuarantined(member.replica())) {
                return member.node();
            }
        }
        return null;
    }

    /// When [#tell] wants to be called again.
    long nextDeadlineNanos() {
        return nextNanos;
    }

    /// A group here has a new leader: others should hear of it soon.
    void hurry() {
        nextNanos = turn.now().nanos();
    }

    /// Tells every node which of the groups led here it does not host, if it is time to.
    void tell(MetadataView view, List<HostedGroup> hosted) {
        if (turn.now().nanos() - nextNanos < 0) {
            return;
        }
        nextNanos = turn.now().nanos() + PERIOD_NANOS;
        for (NodeInfo node : view.topology().nodes()) {
            List<Leads.Claim> claims = new ArrayList<>();
            for (HostedGroup group : hosted) {
                if (group.raft().isLeader() && !hearsLeader(node.id(), group, view)) {
                    claims.add(new Leads.Claim(group.id(), group.raft().term()));
                }
            }
            if (!claims.isEmpty() && !node.id().equals(self)) {
                turn.emit(new NodeEffect.Send(node.id(), new Leads(claims)));
            }
        }
    }

    /// Whether the node has a replica of the group that works, and so hears who leads it.
    private static boolean hearsLeader(NodeId node, HostedGroup group, MetadataView view) {
        GroupInfo known = view.routing().group(group.id());
        Configuration all = group.raft().configuration();
        return Stream.of(all.voters(), all.outgoing(), all.learners())
                .flatMap(List::stream)
                .filter(member -> member.node().equals(node))
                .anyMatch(member -> known == null || !known.isQuarantined(member.replica()));
    }

    /// Takes in what a node says of itself, about groups that group 0 has placed there.
    ///
    /// @return the groups whose leader is news
    List<GroupId> learn(NodeId from, Leads leads, MetadataView view) {
        List<GroupId> news = new ArrayList<>();
        for (Leads.Claim claim : leads.claims()) {
            GroupInfo group = view.routing().group(claim.group());
            Hint before = known.get(claim.group());
            Hint hint = new Hint(claim.term(), from);
            if (group != null
                    && group.involves(from)
                    && (before == null || claim.term() > before.term())) {
                known.put(claim.group(), hint);
                turn.emit(new NodeEffect.LeaderChanged(claim.group(), claim.term(), from));
                news.add(claim.group());
            }
        }
        return news;
    }

    /// A node speaks as the leader of a group that is not hosted here.
    void heard(GroupId group, long term, NodeId leader) {
        Hint before = known.get(group);
        if (before == null || term > before.term()) {
            known.put(group, new Hint(term, leader));
            turn.emit(new NodeEffect.LeaderChanged(group, term, leader));
        }
    }

    /// The link to a node broke: what it led, somebody else may lead by now.
    void forget(NodeId node) {
        for (Iterator<Map.Entry<GroupId, Hint>> all = known.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<GroupId, Hint> hint = all.next();
            if (hint.getValue().leader().equals(node)) {
                all.remove();
                turn.emit(
                        new NodeEffect.LeaderChanged(
                                hint.getKey(), hint.getValue().term(), /* leader= */ null));
            }
        }
    }
}
