/// A cluster of failure detectors alone, on one thread, in simulated time, from one seed: no Raft,
/// no disk, up to hundreds of nodes.
///
/// Start with [dev.quorate.sim.swim.SwimCluster]. Runs the production machine and its codec. May
/// use [dev.quorate.sim] and the core.
@NullMarked
package dev.quorate.sim.swim;

import org.jspecify.annotations.NullMarked;
