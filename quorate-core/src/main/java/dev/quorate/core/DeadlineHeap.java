package dev.quorate.core;

import java.util.Arrays;

/// The one timer of a node: which group wants to be woken next. A binary heap over slots, so that a
/// group costs nothing while its deadline does not change.
final class DeadlineHeap {
    private static final int ABSENT = -1;

    private long[] deadlines = new long[16];
    private int[] heap = new int[16];
    private int[] positions = new int[16];
    private int size;

    DeadlineHeap() {
        Arrays.fill(positions, ABSENT);
    }

    /// Sets the deadline of a slot, adding it if need be.
    void set(int slot, long deadlineNanos) {
        ensure(slot);
        deadlines[slot] = deadlineNanos;
        if (positions[slot] == ABSENT) {
            positions[slot] = size;
            heap[size++] = slot;
        }
        up(positions[slot]);
        down(positions[slot]);
    }

    void remove(int slot) {
        if (slot >= positions.length || positions[slot] == ABSENT) {
            return;
        }
        int hole = positions[slot];
        positions[slot] = ABSENT;
        int last = heap[--size];
        if (hole < size) {
            place(last, hole);
            up(hole);
            down(positions[last]);
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// The slot with the earliest deadline.
    int firstSlot() {
        return heap[0];
    }

    /// The earliest deadline.
    long firstNanos() {
        return deadlines[heap[0]];
    }

    private boolean before(int a, int b) {
        long difference = deadlines[a] - deadlines[b];
        return difference != 0 ? difference < 0 : a < b;
    }

    private void up(int position) {
        int slot = heap[position];
        int at = position;
        while (at > 0 && before(slot, heap[(at - 1) / 2])) {
            place(heap[(at - 1) / 2], at);
            at = (at - 1) / 2;
        }
        place(slot, at);
    }

    private void down(int position) {
        int slot = heap[position];
        int at = position;
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], slot)) {
                break;
            }
            place(heap[child], at);
            at = child;
        }
        place(slot, at);
    }

    private void place(int slot, int position) {
        heap[position] = slot;
        positions[slot] = position;
    }

    private void ensure(int slot) {
        if (slot >= deadlines.length) {
            int length = Math.max(slot + 1, deadlines.length * 2);
            int old = positions.length;
            deadlines = Arrays.copyOf(deadlines, length);
            heap = Arrays.copyOf(heap, length);
            positions = Arrays.copyOf(positions, length);
            Arrays.fill(positions, old, length, ABSENT);
        }
    }
}
