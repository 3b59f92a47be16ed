package dev.quorate.metadata;

import java.util.List;

/// Takes what group 0 has committed, in log order.
public interface MetadataApplier {
    /// Applies the entries. Entries that were applied before are ignored, so any prefix of the log
    /// may be delivered again, cut into batches in any way.
    ///
    /// @return the highest index applied so far
    /// @throws MetadataApplyStopped if an entry cannot be understood; what precedes it is applied
    long apply(List<CommittedEntry> entries);
}
