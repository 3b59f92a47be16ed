/// What embedders implement and receive: a [dev.quorate.api.StateMachine] goes in, an
/// [dev.quorate.api.Outcome] comes out.
///
/// Depends on `types` only.
@NullMarked
package dev.quorate.api;

import org.jspecify.annotations.NullMarked;
