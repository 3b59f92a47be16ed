package dev.quorate.raft;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;

/// Votes counted in one round of one election; each voter counts once.
final class Ballot {
    private final List<NodeId> granted = new ArrayList<>();

    void grant(NodeId voter) {
        if (!granted.contains(voter)) {
            granted.add(voter);
        }
    }

    boolean won(int quorum) {
        return granted.size() >= quorum;
    }
}
