package dev.quorate.storage;

import java.util.Arrays;

/// A value per log index, for a window of indexes that moves and may have holes.
final class IndexWindow {
    /// What [#at] answers where nothing was put.
    static final long MISSING = 0;

    private static final int CAPACITY_MIN = 8;
    private static final int CAPACITY_MAX = 1 << 28;

    /// Most indexes of a window without a value: what a few segments that cannot be read may have
    /// held. A record that makes more of them is wrong, whatever its checksum says.
    private static final int HOLES_MAX = 1 << 20;

    /// A ring whose length is a power of two; index `i` has slot `i mod length`.
    private long[] slots = new long[CAPACITY_MIN];

    private long first = 1;
    private long end = 1;
    private long filled;

    /// The first index of the window.
    long first() {
        return first;
    }

    /// The index after the last one; equal to [#first()] when the window is empty.
    long end() {
        return end;
    }

    boolean isEmpty() {
        return first == end;
    }

    /// The value, or [#MISSING].
    long at(long index) {
        return index >= first && index < end ? slots[slot(index)] : MISSING;
    }

    /// Whether [#put] may be called: the window stays within what memory can hold.
    boolean accepts(long index) {
        long span = Math.max(end, index + 1) - Math.min(first, index);
        return isEmpty() || (index >= 0 && span <= CAPACITY_MAX && span - filled - 1 <= HOLES_MAX);
    }

    /// Stretches the window to `index` if need be, leaving holes.
    void put(long index, long value) {
        if (isEmpty()) {
            first = index;
            end = index;
        }
        long from = Math.min(first, index);
        long to = Math.max(end, index + 1);
        if (to - from > slots.length) {
            resize(to - from);
        }
        first = from;
        end = to;
        set(index, value);
    }

    /// Forgets `index` and all after it.
    void truncateFrom(long index) {
        while (end > first && end > index) {
            set(--end, MISSING);
        }
    }

    /// Forgets `index` and all before it.
    void dropThrough(long index) {
        while (first < end && first <= index) {
            set(first++, MISSING);
        }
        if (slots.length > 1024 && end - first < slots.length / 8) {
            resize(Math.max(end - first, CAPACITY_MIN) * 2);
        }
    }

    private void set(long index, long value) {
        int slot = slot(index);
        filled += (value == MISSING ? 0 : 1) - (slots[slot] == MISSING ? 0 : 1);
        slots[slot] = value;
    }

    private int slot(long index) {
        return (int) index & slots.length - 1;
    }

    private void resize(long size) {
        if (size > CAPACITY_MAX) {
            throw new IllegalStateException("a log of " + size + " entries; compact it");
        }
        long[] old = slots;
        slots = new long[Integer.highestOneBit((int) Math.max(size, CAPACITY_MIN) * 2 - 1)];
        Arrays.fill(slots, MISSING);
        for (long index = first; index < end; index++) {
            slots[slot(index)] = old[(int) index & old.length - 1];
        }
    }
}
