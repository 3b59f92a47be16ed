/// The front door: what a Redis client says is parsed, routed by slot, ordered per connection and
/// answered in Redis's words.
///
/// Start with [dev.quorate.kv.door.Connection], which follows one client, and
/// [dev.quorate.kv.door.CommandTable], which lists what clients may say. Depends on `node`,
/// `kv.command`, `kv.resp` and Netty.
@NullMarked
package dev.quorate.kv.door;

import org.jspecify.annotations.NullMarked;
