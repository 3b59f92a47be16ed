package dev.quorate.types;

/// One replica of a group and the node that holds it (rule R6).
public record Member(NodeId node, ReplicaId replica) {}
