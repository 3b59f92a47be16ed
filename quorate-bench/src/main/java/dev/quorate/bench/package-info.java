/// Measures whole clusters. Start with [dev.quorate.bench.Bench].
@NullMarked
package dev.quorate.bench;

import org.jspecify.annotations.NullMarked;
