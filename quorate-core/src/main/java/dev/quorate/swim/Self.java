package dev.quorate.swim;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;

/// What this node says of itself.
final class Self {
    private final ClusterId cluster;
    private final NodeId id;
    private Incarnation incarnation;
    private boolean leaving;

    Self(ClusterId cluster, NodeId id, Incarnation incarnation) {
        this.cluster = cluster;
        this.id = id;
        this.incarnation = incarnation;
    }

    void raiseAbove(Incarnation other) {
        incarnation = (other.isAfter(incarnation) ? other : incarnation).next();
    }

    void leave() {
        leaving = true;
    }

    Rumour rumour() {
        return new Rumour(id, leaving ? Liveness.LEFT : Liveness.ALIVE, incarnation, id);
    }

    ClusterId cluster() {
        return cluster;
    }

    NodeId id() {
        return id;
    }

    Incarnation incarnation() {
        return incarnation;
    }

    boolean isLeaving() {
        return leaving;
    }
}
