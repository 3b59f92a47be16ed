package dev.quorate.transport;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/// What a node proves itself with at the moment. Certificates and roots are replaced while links
/// live: new handshakes use the new ones at once, and each connection that was made with the old
/// ones is followed by a new one before it goes. Thread-safe.
public final class LiveIdentity {
    /// Time that a connection gets to be followed by another once its certificates are no longer
    /// good: expired, or of a root that is no longer trusted. A revoked peer gets none.
    private static final Duration GRACE = Duration.ofSeconds(30);

    private final AtomicReference<NodeIdentity> current;
    private final Duration grace;
    private final List<Runnable> told = new CopyOnWriteArrayList<>();

    /// Starts with this identity.
    public LiveIdentity(NodeIdentity first) {
        this(first, GRACE);
    }

    LiveIdentity(NodeIdentity first, Duration grace) {
        this.current = new AtomicReference<>(first);
        this.grace = grace;
    }

    /// The identity at the moment.
    public NodeIdentity now() {
        return current.get();
    }

    /// Replaces certificate, key or roots.
    ///
    /// @throws IllegalArgumentException if the next identity is another node's
    public void replace(NodeIdentity next) {
        NodeName name = now().name();
        if (!next.name().equals(name)) {
            throw new IllegalArgumentException(
                    next.name().uri() + " cannot replace " + name.uri() + ": that is another node");
        }
        current.set(next);
        told.forEach(Runnable::run);
    }

    /// Has `hearer` run after each replacement, on the replacing thread; it must not block.
    void onReplaced(Runnable hearer) {
        told.add(hearer);
    }

    /// Ends what [#onReplaced] began.
    void forget(Runnable hearer) {
        told.remove(hearer);
    }

    /// How long a connection may outlive its certificates.
    Duration grace() {
        return grace;
    }
}
