package dev.quorate.raft;

import dev.quorate.raft.Restored.Configured;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;

/// The configurations in a replica's log, oldest first. The last one is in force, committed or not
/// (thesis §4.1); the first is the one at the place where the log begins.
final class Configurations {
    private final ArrayList<Configured> all = new ArrayList<>();

    /// @param initial in force from index 0 on if nothing else is known
    Configurations(Configuration initial, List<Configured> restored) {
        if (restored.isEmpty() || restored.getFirst().index() > 0) {
            all.add(new Configured(0, initial));
        }
        all.addAll(restored);
    }

    /// The configuration in force.
    Configuration latest() {
        return all.getLast().configuration();
    }

    /// Index of the entry that brought it; at most the log's beginning if none did.
    long latestIndex() {
        return all.getLast().index();
    }

    /// The configuration in force at `index`.
    Configuration at(long index) {
        return all.get(slotAt(index)).configuration();
    }

    void append(long index, Configuration configuration) {
        if (index <= latestIndex()) {
            throw new InvariantBroken(
                    "configuration at " + index + " after one at " + latestIndex());
        }
        all.add(new Configured(index, configuration));
    }

    /// The log from `index` on is gone.
    ///
    /// @return whether another configuration is in force now
    boolean truncateFrom(long index) {
        boolean changed = false;
        while (all.size() > 1 && latestIndex() >= index) {
            all.removeLast();
            changed = true;
        }
        return changed;
    }

    /// The log begins after `index` now.
    void compact(long index) {
        while (all.size() > 1 && all.get(1).index() <= index) {
            all.removeFirst();
        }
    }

    /// The log begins anew after `index`.
    void reset(long index, Configuration configuration) {
        all.clear();
        all.add(new Configured(index, configuration));
    }

    /// Whether any configuration that is still known names the replica.
    boolean namedEver(ReplicaId replica) {
        return all.stream().anyMatch(known -> known.configuration().contains(replica));
    }

    private int slotAt(long index) {
        int slot = all.size() - 1;
        while (slot > 0 && all.get(slot).index() > index) {
            slot--;
        }
        return slot;
    }
}
