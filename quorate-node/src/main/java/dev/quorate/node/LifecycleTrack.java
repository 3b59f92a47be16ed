package dev.quorate.node;

import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds a node's lifecycle and lets it take only legal steps. Thread-safe.
final class LifecycleTrack {
    private static final Logger LOG = LoggerFactory.getLogger(LifecycleTrack.class);

    private final AtomicReference<Lifecycle> state =
            new AtomicReference<>(new Lifecycle.Starting());

    Lifecycle state() {
        return state.get();
    }

    /// Goes to `next`.
    ///
    /// @return false if that is no legal step from here: the state stays
    boolean move(Lifecycle next) {
        while (true) {
            Lifecycle now = state.get();
            if (now.equals(next) || !now.mayBecome(next)) {
                return false;
            }
            if (state.compareAndSet(now, next)) {
                LOG.info("This node is {}", next.describe());
                return true;
            }
        }
    }
}
