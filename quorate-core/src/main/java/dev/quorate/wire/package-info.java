/// What nodes say to each other, and its bytes.
///
/// Start with [dev.quorate.wire.PeerMessage] (the messages) and [dev.quorate.wire.PeerCodec] (the
/// bytes; laid out in `docs/formats/wire.md`); [dev.quorate.wire.SwimCodec] has the datagrams of
/// the failure detector. May use `raft`, `swim`, `api` and `types`.
@NullMarked
package dev.quorate.wire;

import org.jspecify.annotations.NullMarked;
