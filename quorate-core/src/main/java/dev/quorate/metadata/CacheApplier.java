package dev.quorate.metadata;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Applies group 0's committed entries to a [MetadataCache] and tells a listener.
///
/// Not thread-safe: the cache's owner calls it.
public final class CacheApplier implements MetadataApplier {
    private final MetadataCache cache;
    private final MetadataListener listener;
    private @Nullable MetadataApplyStopped stopped;

    /// Applies without telling anybody.
    public CacheApplier(MetadataCache cache) {
        this(cache, MetadataListener.NONE);
    }

    /// Applies and tells the listener: first what changed, then how the entry ended.
    public CacheApplier(MetadataCache cache, MetadataListener listener) {
        this.cache = cache;
        this.listener = listener;
    }

    @Override
    public long apply(List<CommittedEntry> entries) {
        for (CommittedEntry entry : entries) {
            // the one place where the watermark is looked at: before any effect
            if (entry.index() > cache.appliedIndex()) {
                applyNew(entry);
            }
        }
        return cache.appliedIndex();
    }

    private void applyNew(CommittedEntry entry) {
        MetadataApplyStopped cause = stopped;
        // a snapshot may have carried the state beyond the entry
        if (cause != null
                && cache.appliedIndex() < cause.index()
                && cause.index() <= entry.index()) {
            throw cause;
        }
        if (entry.data().isEmpty()) {
            cache.publish(cache.state().skip(entry.index(), entry.stampMicros()));
            return;
        }
        MetadataEntry decoded = decode(entry);
        MetadataView before = cache.view();
        MetadataState.Step step = cache.state().apply(entry.index(), entry.stampMicros(), decoded);
        cache.publish(step.state());
        if (step.outcome() instanceof MetadataOutcome.Applied) {
            cache.record(entry.index(), decoded);
        }
        if (!before.sameFacts(cache.view())) {
            listener.changed(before, cache.view());
        }
        if (step.outcome() instanceof MetadataOutcome.Applied) {
            announce(entry, decoded);
        }
        listener.decided(entry.index(), step.outcome());
    }

    /// Tells of catalog changes, wherever in a batch they are.
    private void announce(CommittedEntry committed, MetadataEntry entry) {
        switch (entry) {
            case MetadataEntry.Batch batch -> {
                for (MetadataEntry child : batch.entries()) {
                    announce(committed, child);
                }
            }
            case MetadataEntry.CatalogDdl ddl ->
                    listener.catalogChanged(
                            new CatalogChange(
                                    committed.index(),
                                    committed.stampMicros(),
                                    ddl.payload(),
                                    /* author= */ null));
            case MetadataEntry.CatalogDdlAudited ddl ->
                    listener.catalogChanged(
                            new CatalogChange(
                                    committed.index(),
                                    committed.stampMicros(),
                                    ddl.payload(),
                                    ddl.author()));
            case MetadataEntry _ -> {}
        }
    }

    private MetadataEntry decode(CommittedEntry entry) {
        try {
            return MetadataCodec.decode(entry.data());
        } catch (MetadataFormatException e) {
            MetadataApplyStopped cause = new MetadataApplyStopped(entry.index(), e);
            stopped = cause;
            throw cause;
        }
    }
}
