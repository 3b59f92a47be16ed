package dev.quorate.app.admin;

import dev.quorate.node.Membership;
import java.util.List;
import java.util.Locale;

/// The nodes of a cluster: the document at `/v1/nodes`.
///
/// @param seenBy id of the node that says so
public record NodesDocument(long seenBy, List<Node> nodes) {
    /// One node.
    ///
    /// @param state of its life: `joining`, `learner`, `active`, `draining` or `decommissioned`
    /// @param reach what the failure detector makes of it
    /// @param groups how many groups it has a place in
    /// @param leads how many groups it is known to lead
    public record Node(
            long id,
            String state,
            String reach,
            boolean linkUp,
            String links,
            String client,
            String admin,
            int groups,
            int leads) {}

    public NodesDocument {
        nodes = List.copyOf(nodes);
    }

    static NodesDocument of(long seenBy, List<Membership.Standing> standings) {
        return new NodesDocument(
                seenBy,
                standings.stream()
                        .map(one ->
                                new Node(
                                        one.id().value(),
                                        one.state(),
                                        one.reach().name().toLowerCase(Locale.ROOT),
                                        one.linkUp(),
                                        one.links(),
                                        one.client(),
                                        one.admin(),
                                        one.groups(),
                                        one.leads()))
                        .toList());
    }
}
