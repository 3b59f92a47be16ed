/// The replicated key–value state of one group: what each write does, what each query answers, and
/// how keys expire at the same place of the log everywhere.
///
/// Start with [dev.quorate.kv.state.KvStateMachine]. Depends on `api`, `kv.engine` and
/// `kv.command`.
@NullMarked
package dev.quorate.kv.state;

import org.jspecify.annotations.NullMarked;
