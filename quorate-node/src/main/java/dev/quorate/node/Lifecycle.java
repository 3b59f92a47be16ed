package dev.quorate.node;

/// Where a node is in its life. [#mayBecome] lists the legal steps; there are no others.
public sealed interface Lifecycle {
    /// Reading configuration and directory.
    record Starting() implements Lifecycle {}

    /// Coming back with what its journal holds.
    record Restarting() implements Lifecycle {}

    /// Founding its cluster with the other founders.
    record Bootstrapping() implements Lifecycle {}

    /// Knows its cluster, and every group has a leader.
    record Ready() implements Lifecycle {}

    /// Runs, but cannot serve everything.
    record Degraded(String cause) implements Lifecycle {}

    /// Closing in order.
    record Stopping() implements Lifecycle {}

    /// Over, by a failure: it serves nothing and must be started anew.
    record Failed(String reason) implements Lifecycle {}

    /// The node has closed.
    record Stopped() implements Lifecycle {}

    /// Whether a node in this state may go to `next`.
    default boolean mayBecome(Lifecycle next) {
        return switch (this) {
            case Starting _ ->
                    next instanceof Restarting
                            || next instanceof Bootstrapping
                            || next instanceof Stopping
                            || next instanceof Failed;
            case Restarting _, Bootstrapping _, Ready _, Degraded _ ->
                    next instanceof Ready
                            || next instanceof Degraded
                            || next instanceof Stopping
                            || next instanceof Failed;
            case Stopping _ -> next instanceof Stopped || next instanceof Failed;
            case Failed _ -> next instanceof Stopped;
            case Stopped _ -> false;
        };
    }

    /// Whether the front doors should take requests.
    default boolean serving() {
        return switch (this) {
            case Ready _, Degraded _ -> true;
            case Starting _, Restarting _, Bootstrapping _, Stopping _, Stopped _, Failed _ ->
                    false;
        };
    }

    /// One word, and the cause if there is one: for people and health checks.
    default String describe() {
        return switch (this) {
            case Starting _ -> "starting";
            case Restarting _ -> "restarting";
            case Bootstrapping _ -> "bootstrapping";
            case Ready _ -> "ready";
            case Degraded(String cause) -> "degraded: " + cause;
            case Stopping _ -> "stopping";
            case Stopped _ -> "stopped";
            case Failed(String reason) -> "failed: " + reason;
        };
    }
}
