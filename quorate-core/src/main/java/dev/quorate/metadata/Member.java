package dev.quorate.metadata;

import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;

/// One replica of a group and the node that holds it (rule R6).
public record Member(NodeId node, ReplicaId replica) {}
