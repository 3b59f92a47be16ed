package dev.quorate.raft;

import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A replica's log: a map of all its terms, and the entries that are worth keeping in memory.
///
/// The entries in memory are always a suffix of the log; what is not there is on disk.
final class Log {
    private LogPosition compacted;
    private final ArrayList<TermStart> terms;
    private long lastIndex;
    private long lastStampMicros;

    private Entry[] ring = new Entry[16];
    private long[] endBytes = new long[16];
    private int head;
    private int cached;
    private long startBytes;

    Log(Restored restored) {
        compacted = restored.compacted();
        terms = new ArrayList<>(restored.terms());
        lastIndex = restored.lastIndex();
        lastStampMicros = restored.lastStampMicros();
    }

    long lastIndex() {
        return lastIndex;
    }

    LogPosition last() {
        return new LogPosition(lastTerm(), lastIndex);
    }

    long lastTerm() {
        return lastIndex == compacted.index() ? compacted.term() : terms.getLast().term();
    }

    long lastStampMicros() {
        return lastStampMicros;
    }

    /// Log time of an entry; negative if that is not in memory.
    long stampMicrosAt(long index) {
        if (index == lastIndex) {
            return lastStampMicros;
        }
        return index < cachedFrom() || index > lastIndex
                ? -1
                : at((int) (index - cachedFrom())).stampMicros();
    }

    LogPosition compacted() {
        return compacted;
    }

    /// The first index that is in memory; one past the end when none is.
    long cachedFrom() {
        return lastIndex - cached + 1;
    }

    /// Bytes of the entries after `index`, as far as they are in memory.
    long bytesAfter(long index) {
        if (cached == 0 || index >= lastIndex) {
            return 0;
        }
        long end = endBytes[slot(cached - 1)];
        return index < cachedFrom()
                ? end - startBytes
                : end - endBytes[slot(Math.toIntExact(index - cachedFrom()))];
    }

    /// The term at `index`, which must not lie before the compacted position or past the end.
    long termAt(long index) {
        if (index == compacted.index()) {
            return compacted.term();
        }
        return terms.get(termSlot(index)).term();
    }

    /// The first index of the run of entries that has the same term as `index`.
    long termStartAt(long index) {
        if (index == compacted.index()) {
            return index;
        }
        return terms.get(termSlot(index)).index();
    }

    /// Whether the log holds exactly this position.
    boolean contains(LogPosition position) {
        return position.index() >= compacted.index()
                && position.index() <= lastIndex
                && termAt(position.index()) == position.term();
    }

    /// The last index, at most `index`, whose term is at most `term` (the two sides of a divergence
    /// both search so, §5.3).
    long lastNotAfterTerm(long index, long term) {
        long found = Math.min(index, lastIndex);
        while (found > compacted.index() && termAt(found) > term) {
            found = termStartAt(found) - 1;
        }
        return Math.max(found, compacted.index());
    }

    void append(Entry entry) {
        if (entry.index() != lastIndex + 1 || entry.term() < lastTerm()) {
            throw new InvariantBroken(entry.position() + " cannot follow " + last());
        }
        if (entry.term() > lastTerm() || terms.isEmpty()) {
            terms.add(new TermStart(entry.term(), entry.index()));
        }
        if (cached == ring.length) {
            grow();
        }
        long before = cached == 0 ? startBytes : endBytes[slot(cached - 1)];
        ring[slot(cached)] = entry;
        endBytes[slot(cached)] = before + entry.sizeBytes();
        cached++;
        lastIndex = entry.index();
        lastStampMicros = entry.stampMicros();
    }

    /// Forgets everything from `index` on; the caller appends other entries there at once.
    void truncateFrom(long index) {
        while (cached > 0 && lastIndex >= index) {
            dropSlot(slot(cached - 1));
            cached--;
            lastIndex--;
        }
        lastIndex = Math.min(lastIndex, index - 1);
        while (!terms.isEmpty() && terms.getLast().index() > lastIndex) {
            terms.removeLast();
        }
    }

    /// Whether an entry after `index`, as far as they are in memory, has a stamp beyond
    /// `limitMicros` that a clock gave it, not its predecessor.
    boolean isStampedBeyond(long limitMicros, long index) {
        int first = Math.clamp(index + 1 - cachedFrom(), 0, cached);
        for (int i = first; i < cached; i++) {
            long stamp = at(i).stampMicros();
            if (stamp > limitMicros && (i == 0 || stamp != at(i - 1).stampMicros() + 1)) {
                return true;
            }
        }
        return false;
    }

    /// Entries from `from`, which must be in memory, to `upTo`: at least one, then as many as fit.
    List<Entry> slice(long from, long upTo, int bytesMax) {
        int first = Math.toIntExact(from - cachedFrom());
        int limit = Math.toIntExact(upTo - cachedFrom());
        long bytes = 0;
        int end = first;
        do {
            bytes += at(end).sizeBytes();
            end++;
        } while (end <= limit && bytes + at(end).sizeBytes() <= bytesMax);
        Entry[] slice = new Entry[end - first];
        for (int i = first; i < end; i++) {
            slice[i - first] = at(i);
        }
        return Arrays.asList(slice);
    }

    /// Drops entries up to `upTo` from memory, oldest first, until the rest fits.
    void evict(long upTo, long bytesMax) {
        while (cached > 0 && bytesAfter(0) > bytesMax && cachedFrom() <= upTo) {
            startBytes = endBytes[head];
            dropSlot(head);
            head = (head + 1) & (ring.length - 1);
            cached--;
        }
    }

    /// Forgets everything up to and including `index`.
    void compact(long index) {
        long term = termAt(index);
        evict(index, 0);
        compacted = new LogPosition(term, index);
        while (terms.size() > 1 && terms.get(1).index() <= index + 1) {
            terms.removeFirst();
        }
        if (index == lastIndex) {
            terms.clear();
        } else if (terms.getFirst().index() <= index) {
            terms.set(0, new TermStart(terms.getFirst().term(), index + 1));
        }
    }

    /// Begins anew after a snapshot: everything it held is gone.
    void reset(LogPosition position, long stampMicros) {
        while (cached > 0) {
            dropSlot(slot(cached - 1));
            cached--;
        }
        compacted = position;
        terms.clear();
        lastIndex = position.index();
        lastStampMicros = stampMicros;
    }

    private int termSlot(long index) {
        if (index <= compacted.index() || index > lastIndex) {
            throw new InvariantBroken(
                    "no entry " + index + " in the log from " + compacted + " to " + lastIndex);
        }
        int slot = terms.size() - 1;
        while (terms.get(slot).index() > index) {
            slot--;
        }
        return slot;
    }

    private Entry at(int position) {
        return ring[slot(position)];
    }

    private int slot(int position) {
        return (head + position) & (ring.length - 1);
    }

    @SuppressWarnings("NullAway") // slots outside the window are never read
    private void dropSlot(int slot) {
        ring[slot] = null;
    }

    private void grow() {
        Entry[] larger = new Entry[ring.length * 2];
        long[] largerBytes = new long[ring.length * 2];
        for (int i = 0; i < cached; i++) {
            larger[i] = at(i);
            largerBytes[i] = endBytes[slot(i)];
        }
        ring = larger;
        endBytes = largerBytes;
        head = 0;
    }
}
