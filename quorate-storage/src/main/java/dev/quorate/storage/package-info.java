/// What a node remembers: one journal for all its groups, over a [dev.quorate.storage.Disk].
///
/// Start with [dev.quorate.storage.Journal]. Formats are in `docs/formats/journal.md`. May use the
/// core; reads no clock and starts no thread, so the simulator runs it unchanged.
@NullMarked
package dev.quorate.storage;

import org.jspecify.annotations.NullMarked;
