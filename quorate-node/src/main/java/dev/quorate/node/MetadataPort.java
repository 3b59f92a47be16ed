package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.node.identity.GroupZero;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Group 0 for threads other than the reactor's: they look at the newest view, propose, and wait.
/// Thread-safe.
final class MetadataPort implements GroupZero {
    private static final Duration PROPOSAL = Duration.ofSeconds(10);

    private final ViewTracker tracker;
    private final Object changed = new Object();
    private volatile MetadataView view = MetadataView.EMPTY;
    private volatile @Nullable Door door;

    MetadataPort(ViewTracker tracker) {
        this.tracker = tracker;
    }

    /// Proposals go through this door from now on.
    void open(Door to) {
        door = to;
    }

    /// Takes a new view; returns at once.
    void update(MetadataView next) {
        synchronized (changed) {
            view = next;
            changed.notifyAll();
        }
    }

    @Override
    public MetadataView view() {
        return view;
    }

    @Override
    public boolean leads() {
        ClusterView seen = tracker.view();
        ClusterView.Group metadata = seen.group(GroupId.METADATA);
        return metadata != null && seen.self().equals(metadata.leader());
    }

    @Override
    public boolean linked(NodeId node) {
        ClusterView.Node seen = tracker.view().node(node);
        return seen != null && seen.linkUp();
    }

    @Override
    public Outcome propose(MetadataEntry entry) {
        Door open = door;
        if (open == null) {
            return refuse("this node is starting");
        }
        CompletableFuture<Outcome> reply =
                open.submit(GroupId.METADATA, MetadataCodec.encode(entry), PROPOSAL, Reach.FORWARD);
        try {
            return reply.get(2 * PROPOSAL.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Unknown("this node is stopping");
        } catch (ExecutionException | TimeoutException e) {
            return new Outcome.Unknown("group 0 did not answer: " + e);
        }
    }

    @Override
    public MetadataView await(long index, Duration limit) {
        long untilNanos = System.nanoTime() + limit.toNanos();
        synchronized (changed) {
            while (view.index() < index) {
                long millis = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
                if (millis <= 0) {
                    break;
                }
                try {
                    changed.wait(millis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            return view;
        }
    }

    private static Outcome refuse(String sentence) {
        return new Outcome.Rejected(
                Outcome.Code.STOPPING, Outcome.Retry.LATER, /* leader= */ null, sentence);
    }
}
