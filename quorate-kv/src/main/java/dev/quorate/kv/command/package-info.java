/// What can be asked of the key–value state, as values and as bytes: writes go into the log,
/// queries do not, and both are answered with a [dev.quorate.kv.command.Reply].
///
/// Start with [dev.quorate.kv.command.KvWrite] and [dev.quorate.kv.command.KvQuery]. Depends on
/// `types` only.
@NullMarked
package dev.quorate.kv.command;

import org.jspecify.annotations.NullMarked;
