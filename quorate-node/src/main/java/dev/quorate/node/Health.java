package dev.quorate.node;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/// Judges how a node is, and tells those who wait for it to be ready or to end. Thread-safe.
final class Health {
    private final LifecycleTrack lifecycle = new LifecycleTrack();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Lifecycle> ended = new CompletableFuture<>();
    private final AtomicReference<Runnable> onFailure = new AtomicReference<>(() -> {});

    Lifecycle lifecycle() {
        return lifecycle.state();
    }

    boolean move(Lifecycle next) {
        return lifecycle.move(next);
    }

    /// Done once the node was ready for the first time.
    CompletableFuture<Void> ready() {
        return ready;
    }

    /// Done when the node has failed or stopped.
    CompletableFuture<Lifecycle> ended() {
        return ended;
    }

    /// What to do, on a thread of its own, when the node cannot go on.
    void onFailure(Runnable action) {
        onFailure.set(action);
    }

    /// Looks at the node again. Called by the reactor.
    ///
    /// @param trouble what keeps the node from serving all it hosts; empty for nothing
    /// @param nodes how many nodes the cluster has, as far as this one knows
    void look(String trouble, int nodes) {
        if (trouble.isEmpty()) {
            if (lifecycle.move(new Lifecycle.Ready(nodes))) {
                ready.complete(null);
            }
        } else if (lifecycle.state() instanceof Lifecycle.Joining) {
            lifecycle.move(new Lifecycle.Joining(nodes));
        } else if (lifecycle.state().serving()) {
            lifecycle.move(new Lifecycle.Degraded(trouble));
        }
    }

    /// The node cannot go on: half alive it would do more harm than dead.
    void failed(String reason) {
        Lifecycle failed = new Lifecycle.Failed(reason);
        if (lifecycle.move(failed)) {
            ready.completeExceptionally(
                    new IllegalStateException("the node has failed: " + reason));
            Thread.ofPlatform()
                    .name("quorate-failed")
                    .start(() -> {
                        onFailure.get().run();
                        ended.complete(failed);
                    });
        }
    }

    /// The node has closed in order.
    void stopped() {
        end(new Lifecycle.Stopped(), "the node has stopped");
    }

    /// The node has closed in order, because its cluster has let it go.
    void removed(String why) {
        end(new Lifecycle.Removed(why), "the node was removed from its cluster: " + why);
    }

    private void end(Lifecycle last, String sentence) {
        lifecycle.move(last);
        ready.completeExceptionally(new IllegalStateException(sentence));
        ended.complete(last);
    }

    /// Why no request is taken; empty while they are.
    String whyClosed() {
        return switch (lifecycle.state()) {
            case Lifecycle.Starting _,
                    Lifecycle.Restarting _,
                    Lifecycle.Bootstrapping _,
                    Lifecycle.Joining _,
                    Lifecycle.Ready _,
                    Lifecycle.Degraded _,
                    Lifecycle.Draining _ ->
                    "";
            case Lifecycle.Stopping _ -> "this node is stopping";
            case Lifecycle.Stopped _ -> "this node has stopped";
            case Lifecycle.Removed(String why) -> "this node was removed from its cluster: " + why;
            case Lifecycle.Failed(String reason) -> "this node has failed: " + reason;
        };
    }
}
