/// Where rows are kept: a sorted map of bytes, in RocksDB or in memory.
///
/// Start with [dev.quorate.kv.engine.Engine]. Depends on `types` only.
@NullMarked
package dev.quorate.kv.engine;

import org.jspecify.annotations.NullMarked;
