/// Group 0: every cluster-wide fact, applied by one deterministic function on every node.
///
/// Start with [dev.quorate.metadata.MetadataEntry] (what can be said), then
/// [dev.quorate.metadata.MetadataState] (what it does), [dev.quorate.metadata.CacheApplier] (who
/// calls it) and [dev.quorate.metadata.MetadataView] (what readers see). Depends on `types` only.
@NullMarked
package dev.quorate.metadata;

import org.jspecify.annotations.NullMarked;
