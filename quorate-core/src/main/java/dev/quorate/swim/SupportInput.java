package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.List;

/// Everything that can happen to store liveness. There is no other way in.
public sealed interface SupportInput {
    /// Group 0 changed who belongs to the cluster: strangers give and get no support.
    record MembersChanged(Members members) implements SupportInput {}

    /// From whom support is wanted now: the nodes that hold replicas of groups led here.
    record Wanted(List<NodeId> givers) implements SupportInput {
        public Wanted {
            givers = List.copyOf(givers);
        }
    }

    /// A message arrived on the link of a peer.
    record Received(NodeId from, SupportMessage message) implements SupportInput {}

    /// [StoreLiveness#nextDeadlineNanos()] may have passed. Harmless if it has not.
    record Wakeup() implements SupportInput {}
}
