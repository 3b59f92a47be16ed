/// A whole cluster on one thread, in simulated time, from one seed.
///
/// Start with [dev.quorate.sim.Simulation]. Runs the production classes of core and storage.
@NullMarked
package dev.quorate.sim;

import org.jspecify.annotations.NullMarked;
