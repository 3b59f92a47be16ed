package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Clients of a [Trio] that write without a pause, each key once and through whatever node is up,
/// and remember what was acknowledged.
final class TrioLoad implements AutoCloseable {
    private static final int CLIENTS = 4;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Trio trio;
    private final String value;
    private final ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopping;

    /// @param value what is written under every key
    TrioLoad(Trio trio, String value) {
        this.trio = trio;
        this.value = value;
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            clients.add(Thread.ofVirtual().start(() -> write(client)));
        }
    }

    private void write(int client) {
        int via = client;
        for (int i = 0; !stopping; i++) {
            String key = client + "." + i;
            while (!tried(1 + via % 3, key) && !stopping) {
                via++;
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private boolean tried(int node, String key) {
        Outcome outcome;
        try {
            outcome =
                    trio.node(node)
                            .group(groupOf(key))
                            .submit(Bytes.utf8(key + "=" + value), TIMEOUT, Reach.FORWARD)
                            .join();
        } catch (IllegalStateException down) {
            return false;
        }
        if (!(outcome instanceof Outcome.Applied)) {
            return false;
        }
        acknowledged.add(key);
        count.incrementAndGet();
        return true;
    }

    private static GroupId groupOf(String key) {
        return new GroupId(1 + Math.floorMod(key.hashCode(), Trio.GROUPS));
    }

    /// Waits until so many more writes were acknowledged.
    void awaitMore(int more) {
        int enough = count.get() + more;
        Trio.patiently().until(() -> count.get() >= enough);
    }

    /// Stops the clients and reads everything back, from every node in turn.
    void assertNothingIsLost() {
        close();
        int i = 0;
        for (String key : acknowledged) {
            assertThat(trio.read(1 + i++ % 3, groupOf(key), key)).as(key).isEqualTo(value);
        }
        assertThat(i).as("acknowledged writes").isPositive();
    }

    @Override
    public void close() {
        stopping = true;
        clients.forEach(Threads::join);
    }
}
