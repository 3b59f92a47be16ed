package dev.quorate.metadata;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a node is in its life, by command and not by reachability: an unreachable node keeps its
/// state. [NodeEdge] lists how it goes from one to the next.
public enum NodeState {
    /// Its id is reserved and its key pinned; it holds nothing yet.
    JOINING(1),
    /// It receives data and does not vote.
    LEARNER(2),
    /// It takes full part.
    ACTIVE(3),
    /// It is being emptied.
    DRAINING(4),
    /// It holds nothing any more.
    DECOMMISSIONED(5),
    /// It is gone and its id is spent. Never the state of a [NodeInfo].
    REMOVED(6);

    private static final List<NodeState> ALL = List.of(values());

    private final int code;

    NodeState(int code) {
        this.code = code;
    }

    /// The number that stands for the state in stored bytes; never changes.
    public int code() {
        return code;
    }

    /// The state with the given code, or null.
    static @Nullable NodeState ofCode(long code) {
        return code >= 1 && code <= ALL.size() ? ALL.get((int) code - 1) : null;
    }
}
