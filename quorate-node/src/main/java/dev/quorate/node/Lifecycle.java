package dev.quorate.node;

/// Where a node is in its life. [#mayBecome] lists the legal steps; there are no others.
public sealed interface Lifecycle {
    /// Reading configuration and directory.
    record Starting() implements Lifecycle {}

    /// Coming back with what its journal holds.
    record Restarting() implements Lifecycle {}

    /// Founding its cluster with the other founders.
    record Bootstrapping() implements Lifecycle {}

    /// New in a cluster that is there: it is being given its part of the data.
    ///
    /// @param nodes how many nodes of the cluster it knows of, itself included
    record Joining(int nodes) implements Lifecycle {}

    /// Knows its cluster, and every group it takes part in has a leader.
    ///
    /// @param nodes how many nodes the cluster has
    record Ready(int nodes) implements Lifecycle {}

    /// Runs, but cannot serve everything.
    record Degraded(String cause) implements Lifecycle {}

    /// About to stop: hands over what it leads, and serves until then.
    record Draining() implements Lifecycle {}

    /// Closing in order.
    record Stopping() implements Lifecycle {}

    /// Over, by a failure: it serves nothing and must be started anew.
    record Failed(String reason) implements Lifecycle {}

    /// The node has closed.
    record Stopped() implements Lifecycle {}

    /// The node has closed because its cluster has let it go: it never starts again.
    record Removed(String why) implements Lifecycle {}

    /// Whether a node in this state may go to `next`.
    default boolean mayBecome(Lifecycle next) {
        return switch (this) {
            case Starting _ ->
                    next instanceof Restarting
                            || next instanceof Bootstrapping
                            || next instanceof Joining
                            || next instanceof Stopping
                            || next instanceof Failed;
            case Restarting _, Bootstrapping _ -> isLater(next);
            case Joining _ -> next instanceof Joining || isLater(next);
            case Ready _, Degraded _ -> next instanceof Draining || isLater(next);
            case Draining _ -> next instanceof Stopping || next instanceof Failed;
            case Stopping _ ->
                    next instanceof Stopped || next instanceof Removed || next instanceof Failed;
            case Failed _ -> next instanceof Stopped;
            case Stopped _, Removed _ -> false;
        };
    }

    private static boolean isLater(Lifecycle next) {
        return next instanceof Ready
                || next instanceof Degraded
                || next instanceof Stopping
                || next instanceof Failed;
    }

    /// Whether the front doors should take requests.
    default boolean serving() {
        return switch (this) {
            case Ready _, Degraded _, Draining _ -> true;
            case Starting _,
                    Restarting _,
                    Bootstrapping _,
                    Joining _,
                    Stopping _,
                    Stopped _,
                    Removed _,
                    Failed _ ->
                    false;
        };
    }

    /// Whether the process does what it is there for, or may yet: false only once it is over.
    default boolean alive() {
        return !(this instanceof Failed || this instanceof Stopped || this instanceof Removed);
    }

    /// One word: for machines.
    default String word() {
        return switch (this) {
            case Starting _ -> "starting";
            case Restarting _ -> "restarting";
            case Bootstrapping _ -> "bootstrapping";
            case Joining _ -> "joining";
            case Ready _ -> "ready";
            case Degraded _ -> "degraded";
            case Draining _ -> "draining";
            case Stopping _ -> "stopping";
            case Stopped _ -> "stopped";
            case Removed _ -> "removed";
            case Failed _ -> "failed";
        };
    }

    /// The word, and the cause or the number of nodes if there is one: for people.
    default String describe() {
        return switch (this) {
            case Joining(int nodes) -> "joining a cluster of " + nodes;
            case Ready(int nodes) -> "ready in a cluster of " + nodes;
            case Degraded(String cause) -> "degraded: " + cause;
            case Failed(String reason) -> "failed: " + reason;
            case Removed(String why) -> "removed from its cluster: " + why;
            case Starting _, Restarting _, Bootstrapping _, Draining _, Stopping _, Stopped _ ->
                    word();
        };
    }
}
