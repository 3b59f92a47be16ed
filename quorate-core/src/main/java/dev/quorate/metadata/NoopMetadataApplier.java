package dev.quorate.metadata;

import java.util.List;

/// Acknowledges entries without looking at them, for embedders that need no metadata.
public final class NoopMetadataApplier implements MetadataApplier {
    /// An applier without state.
    public NoopMetadataApplier() {}

    /// Acknowledges.
    ///
    /// @return the last entry's index; 0 when there is none
    @Override
    public long apply(List<CommittedEntry> entries) {
        return entries.isEmpty() ? 0 : entries.getLast().index();
    }
}
