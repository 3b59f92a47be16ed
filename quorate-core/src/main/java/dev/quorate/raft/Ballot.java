package dev.quorate.raft;

import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;

/// Votes counted in one round of one election; each voter counts once.
final class Ballot {
    private final List<ReplicaId> granted = new ArrayList<>();

    void grant(ReplicaId voter) {
        if (!granted.contains(voter)) {
            granted.add(voter);
        }
    }

    /// Whether a majority of every set of voters has granted theirs (thesis §4.3).
    boolean won(Configuration configuration) {
        return configuration.hasQuorum(granted::contains);
    }
}
