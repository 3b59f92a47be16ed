/// The Redis serialization protocol: bytes to requests, replies to bytes.
///
/// Start with [dev.quorate.kv.resp.RequestParser]. Depends on `kv.command` and Netty's buffers.
@NullMarked
package dev.quorate.kv.resp;

import org.jspecify.annotations.NullMarked;
