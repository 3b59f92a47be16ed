package dev.quorate.sim.swim;

import dev.quorate.swim.Transition;
import dev.quorate.types.NodeId;

/// One node changed its mind about another.
///
/// @param atNanos simulated time
/// @param observer whose belief it is
public record Observation(long atNanos, NodeId observer, Transition transition) {}
