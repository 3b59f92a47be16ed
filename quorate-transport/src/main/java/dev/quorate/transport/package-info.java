/// How nodes speak: QUIC with mutual TLS, certificates, and nothing else that touches either.
///
/// Start with [dev.quorate.transport.Links]. May use the core's `types`, `api` and `wire`.
@NullMarked
package dev.quorate.transport;

import org.jspecify.annotations.NullMarked;
