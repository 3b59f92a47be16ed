/// The bundled key–value store: a state machine on RocksDB and a front door that speaks the Redis
/// Cluster protocol. Stands on the embedding API like any other user of it.
///
/// Start with [dev.quorate.kv.KvServer].
@NullMarked
package dev.quorate.kv;

import org.jspecify.annotations.NullMarked;
