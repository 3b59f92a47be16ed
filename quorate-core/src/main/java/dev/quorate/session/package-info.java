/// Exactly-once writes: a client numbers its writes, and a write that is tried again is applied
/// once and answered with its first result (thesis §6.3, rule R20). Start at
/// [dev.quorate.session.SessionTable].
///
/// Depends on `types` and `api`.
@NullMarked
package dev.quorate.session;

import org.jspecify.annotations.NullMarked;
