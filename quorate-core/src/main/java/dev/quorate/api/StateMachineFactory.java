package dev.quorate.api;

import dev.quorate.types.GroupId;
import java.util.List;

/// Opens the state machine of each group that a node hosts.
@FunctionalInterface
public interface StateMachineFactory {
    /// Opens or creates the machine of `group`. Called on the lane that will own it.
    StateMachine open(GroupId group);

    /// Removes what other groups left here, durably: their replicas have left this node, and one
    /// that comes back must not find it. Called once, before anything is opened.
    default void keepOnly(List<GroupId> hosted) {}
}
