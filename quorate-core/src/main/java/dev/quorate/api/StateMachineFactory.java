package dev.quorate.api;

import dev.quorate.types.GroupId;

/// Opens the state machine of each group that a node hosts. Called on the lane that will own it.
@FunctionalInterface
public interface StateMachineFactory {
    /// Opens or creates the machine of `group`.
    StateMachine open(GroupId group);
}
