package dev.quorate.sim;

import dev.quorate.raft.Entry;
import java.util.Arrays;
import java.util.List;

/// What a replica's log holds, from index 1 on, as terms and content hashes: the simulator's own
/// record, never compacted.
final class Shadow {
    private long[] terms = new long[64];
    private long[] hashes = new long[64];
    private int count;

    long lastIndex() {
        return count;
    }

    /// The term of an entry; 0 before the first and after the last.
    long termAt(long index) {
        return index < 1 || index > count ? 0 : terms[(int) index - 1];
    }

    long hashAt(long index) {
        return index < 1 || index > count ? 0 : hashes[(int) index - 1];
    }

    boolean holds(long index, long term) {
        return index >= 1 && index <= count && terms[(int) index - 1] == term;
    }

    /// Replaces everything from the first entry's index on.
    ///
    /// @throws IllegalArgumentException if that would leave a gap
    void replace(List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        truncate(entries.getFirst().index() - 1);
        for (Entry entry : entries) {
            if (entry.index() != count + 1) {
                throw new IllegalArgumentException(
                        "entry " + entry.index() + " after " + count + " entries");
            }
            add(entry.term(), TraceLog.hashOf(entry));
        }
    }

    void add(long term, long hash) {
        if (count == terms.length) {
            terms = Arrays.copyOf(terms, count * 2);
            hashes = Arrays.copyOf(hashes, count * 2);
        }
        terms[count] = term;
        hashes[count] = hash;
        count++;
    }

    void truncate(long lastIndex) {
        if (lastIndex < count) {
            count = (int) lastIndex;
        }
    }

    void copyFrom(Shadow other) {
        terms = other.terms.clone();
        hashes = other.hashes.clone();
        count = other.count;
    }
}
