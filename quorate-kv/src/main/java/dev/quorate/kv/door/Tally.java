package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// Counts what all connections of a door do. Thread-safe.
final class Tally {
    final AtomicInteger connections = new AtomicInteger();
    final LongAdder accepted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder commands = new LongAdder();
    final LongAdder writes = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder moved = new LongAdder();
    private final LongAdder unknown = new LongAdder();

    void answered(Reply reply) {
        if (reply instanceof Reply.Failure(String text)) {
            if (text.startsWith("MOVED ")) {
                moved.increment();
                return;
            }
            errors.increment();
            if (text.startsWith("UNKNOWN ")) {
                unknown.increment();
            }
        }
    }

    KvCounters counters() {
        return new KvCounters(
                connections.get(),
                accepted.sum(),
                refused.sum(),
                commands.sum(),
                writes.sum(),
                reads.sum(),
                errors.sum(),
                moved.sum(),
                unknown.sum(),
                bytesIn.sum(),
                bytesOut.sum());
    }
}
