package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// All other members, by id. Only group 0 adds and removes them.
final class Table {
    private final RandomGenerator random;
    private final NavigableMap<NodeId, Entry> entries = new TreeMap<>();
    private final NavigableMap<NodeId, Entry> suspects = new TreeMap<>();
    private final List<Entry> list = new ArrayList<>();
    private int present;
    private int dead;

    Table(RandomGenerator random) {
        this.random = random;
    }

    @Nullable Entry get(NodeId id) {
        return entries.get(id);
    }

    void add(Entry entry) {
        entries.put(entry.id(), entry);
        list.add(entry);
        present++;
    }

    void remove(NodeId id) {
        Entry gone = entries.remove(id);
        if (gone != null) {
            list.remove(gone);
            suspects.remove(id);
            count(gone.state(), -1);
        }
    }

    /// A member went from one state to the one it has now.
    void moved(Entry entry, Liveness before) {
        count(before, -1);
        count(entry.state(), 1);
        if (entry.state() == Liveness.SUSPECT) {
            suspects.put(entry.id(), entry);
        } else {
            suspects.remove(entry.id());
        }
    }

    private void count(Liveness state, int by) {
        if (state.isPresent()) {
            present += by;
        } else if (state == Liveness.DEAD) {
            dead += by;
        }
    }

    /// Members that may be there, this node included: the n of all formulas.
    int size() {
        return present + 1;
    }

    boolean hasDead() {
        return dead > 0;
    }

    /// By id.
    Collection<Entry> all() {
        return entries.values();
    }

    /// The suspected ones, by id.
    Collection<Entry> suspects() {
        return suspects.values();
    }

    /// With ids in `(above, upTo]`.
    Collection<Entry> range(long above, long upTo) {
        if (upTo <= 0 || above >= upTo) {
            return List.of();
        }
        NodeId last = new NodeId(upTo);
        return above <= 0
                ? entries.headMap(last, true).values()
                : entries.subMap(new NodeId(above), false, last, true).values();
    }

    /// Up to `count` different members, at random.
    List<Entry> sample(int count, Predicate<Entry> wanted) {
        List<Entry> candidates = new ArrayList<>(list.size());
        for (Entry entry : list) {
            if (wanted.test(entry)) {
                candidates.add(entry);
            }
        }
        int taken = Math.min(count, candidates.size());
        for (int i = 0; i < taken; i++) {
            int j = i + random.nextInt(candidates.size() - i);
            Entry swapped = candidates.get(i);
            candidates.set(i, candidates.get(j));
            candidates.set(j, swapped);
        }
        return candidates.subList(0, taken);
    }
}
