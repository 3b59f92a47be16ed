package dev.quorate.node;

import dev.quorate.types.GroupId;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Long work for groups, on virtual threads: for one group in the order given, one at a time; for
/// different groups at once. Thread-safe.
final class GroupTasks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupTasks.class);

    private final ExecutorService threads;

    /// What waits behind the task that runs; a group that is idle is not here.
    private final Map<GroupId, Queue<Runnable>> waiting = new HashMap<>();

    GroupTasks(String name) {
        threads =
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name, 0).factory());
    }

    /// Adds work for a group. Does not block.
    void add(GroupId group, Runnable task) {
        synchronized (waiting) {
            Queue<Runnable> behind = waiting.get(group);
            if (behind != null) {
                behind.add(task);
                return;
            }
            waiting.put(group, new ArrayDeque<>());
        }
        threads.execute(() -> run(group, task));
    }

    private void run(GroupId group, Runnable first) {
        for (Runnable task = first; task != null; task = next(group)) {
            try {
                task.run();
            } catch (RuntimeException failure) {
                LOG.warn("Work on snapshots of {} failed", group, failure);
            }
        }
    }

    private @Nullable Runnable next(GroupId group) {
        synchronized (waiting) {
            Queue<Runnable> behind = waiting.get(group);
            Runnable next = behind == null ? null : behind.poll();
            if (next == null) {
                waiting.remove(group);
            }
            return next;
        }
    }

    /// Returns when everything that was added is done; nothing may be added any more.
    @Override
    public void close() {
        threads.close();
    }
}
