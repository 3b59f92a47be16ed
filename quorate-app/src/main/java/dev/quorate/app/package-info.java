/// The `quorate` command.
///
/// Start with [dev.quorate.app.Main]. May use everything but sim and bench.
@NullMarked
package dev.quorate.app;

import org.jspecify.annotations.NullMarked;
