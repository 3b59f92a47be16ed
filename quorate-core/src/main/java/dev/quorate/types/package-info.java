/// The small values every layer speaks in: ids, log positions, bytes, key slots.
///
/// Start with [dev.quorate.types.GroupId] and [dev.quorate.types.LogPosition]. Depends on nothing
/// of ours.
@NullMarked
package dev.quorate.types;

import org.jspecify.annotations.NullMarked;
