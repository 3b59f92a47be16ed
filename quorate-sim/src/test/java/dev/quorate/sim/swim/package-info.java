/// Failure detection by whole clusters: how soon, how rarely wrong, and how it heals.
@NullMarked
package dev.quorate.sim.swim;

import org.jspecify.annotations.NullMarked;
