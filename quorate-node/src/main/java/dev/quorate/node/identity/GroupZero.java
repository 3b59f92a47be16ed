package dev.quorate.node.identity;

import dev.quorate.api.Outcome;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.NodeId;
import java.time.Duration;

/// Group 0 as this package needs it. Thread-safe.
public interface GroupZero {
    /// What this node has applied.
    MetadataView view();

    /// Whether this node leads group 0, as far as it knows.
    boolean leads();

    /// Whether this node has exchanged hello with the other one on a link that is up.
    boolean linked(NodeId node);

    /// Proposes an entry and waits for what becomes of it, for some seconds at most.
    Outcome propose(MetadataEntry entry);

    /// Waits until this node has applied group 0 up to an index, or the time is over.
    ///
    /// @return what is applied then
    MetadataView await(long index, Duration limit);
}
