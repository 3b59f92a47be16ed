package dev.quorate.transport;

import java.util.concurrent.atomic.LongAdder;

/// What came from one peer. Thread-safe.
final class Inbound {
    private final LongAdder frames = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void count(int length) {
        frames.increment();
        bytes.add(length);
    }

    long frames() {
        return frames.sum();
    }

    long bytes() {
        return bytes.sum();
    }
}
