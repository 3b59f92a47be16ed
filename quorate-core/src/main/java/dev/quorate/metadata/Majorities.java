package dev.quorate.metadata;

import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Says which groups a node cannot be taken from: without it they would have no majority of their
/// voters, and with that perhaps not all that they have acknowledged.
///
/// Of where a group's voters are, group 0 has reports, which may be a step behind, and its own
/// wishes, which may be a step ahead. The group is at one of them or between, so there must be a
/// majority in each.
public final class Majorities {
    /// A group without a majority, and a sentence for a person.
    public record Stranded(GroupInfo group, String sentence) {}

    private Majorities() {}

    /// The groups with a vote on the node that would be without a majority if it did not return.
    ///
    /// @param silent other nodes that do not answer
    public static List<Stranded> strandedWithout(
            MetadataView view, NodeId node, Collection<NodeId> silent) {
        Set<NodeId> there = new HashSet<>();
        for (NodeInfo known : view.topology().nodes()) {
            if (!view.isRevoked(known.id())) {
                there.add(known.id());
            }
        }
        there.removeAll(silent);
        there.remove(node);
        List<Stranded> stranded = new ArrayList<>();
        for (GroupInfo group : view.routing().groups()) {
            if (counts(group, node) && !hasMajorities(group, there)) {
                stranded.add(
                        new Stranded(
                                group,
                                group.id()
                                        + " has no majority of its voters without "
                                        + node
                                        + ": what it holds could be lost"));
            }
        }
        return List.copyOf(stranded);
    }

    private static boolean counts(GroupInfo group, NodeId node) {
        return Stream.of(group.voters(), group.configuration().outgoing(), group.members())
                .flatMap(List::stream)
                .anyMatch(voter -> voter.node().equals(node));
    }

    private static boolean hasMajorities(GroupInfo group, Set<NodeId> there) {
        return isMajority(group, group.voters(), there)
                && isMajority(group, group.configuration().outgoing(), there)
                && isMajority(group, group.members(), there);
    }

    /// A replica in quarantine counts in the size and never votes (rule R7).
    private static boolean isMajority(GroupInfo group, List<Member> voters, Set<NodeId> there) {
        long count =
                voters.stream()
                        .filter(voter -> there.contains(voter.node()))
                        .filter(voter -> !group.isQuarantined(voter.replica()))
                        .count();
        return voters.isEmpty() || 2 * count > voters.size();
    }
}
