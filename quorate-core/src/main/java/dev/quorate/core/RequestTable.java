package dev.quorate.core;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The requests being worked on, by id. Open addressing with linear probing: a request costs no
/// allocation besides itself.
final class RequestTable {
    private @Nullable Request[] slots = new Request[64];
    private int size;

    int size() {
        return size;
    }

    void add(Request request) {
        if (size * 2 >= slots.length) {
            grow();
        }
        insert(request);
        size++;
    }

    @Nullable Request find(long id) {
        for (int slot = home(id); ; slot = next(slot)) {
            Request request = slots[slot];
            if (request == null || request.id() == id) {
                return request;
            }
        }
    }

    void remove(Request request) {
        int slot = home(request.id());
        while (slots[slot] != request) {
            if (slots[slot] == null) {
                return;
            }
            slot = next(slot);
        }
        slots[slot] = null;
        size--;
        closeGap(slot);
    }

    /// Visits every request, by id; the visitor may add and remove.
    void forEach(Consumer<Request> visitor) {
        Request[] snapshot = new Request[size];
        int count = 0;
        for (Request request : slots) {
            if (request != null) {
                snapshot[count++] = request;
            }
        }
        Arrays.sort(snapshot, (a, b) -> Long.compare(a.id(), b.id()));
        for (Request request : snapshot) {
            visitor.accept(request);
        }
    }

    private void insert(Request request) {
        int slot = home(request.id());
        while (slots[slot] != null) {
            slot = next(slot);
        }
        slots[slot] = request;
    }

    /// Moves later members of the probe chain into the gap (Knuth, TAOCP 3, §6.4, algorithm R).
    private void closeGap(int gap) {
        int hole = gap;
        for (int slot = next(gap); ; slot = next(slot)) {
            Request request = slots[slot];
            if (request == null) {
                return;
            }
            int home = home(request.id());
            boolean mayStay =
                    hole <= slot ? hole < home && home <= slot : hole < home || home <= slot;
            if (!mayStay) {
                slots[hole] = request;
                slots[slot] = null;
                hole = slot;
            }
        }
    }

    private int home(long id) {
        return (int) ((id * 0x9E3779B97F4A7C15L) >>> 33) & (slots.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }

    private void grow() {
        @Nullable Request[] old = slots;
        slots = new Request[old.length * 2];
        for (Request request : old) {
            if (request != null) {
                insert(request);
            }
        }
    }
}
