package dev.quorate.metadata;

import dev.quorate.types.NodeId;

/// Who probably leads a group. Never more than a hint.
///
/// @param term the leader's Raft term; 0 when unknown
public record LeaderHint(NodeId leader, long term) {}
