/// Another implementation of Raft beside ours, in the same weather: what both commit must agree
/// where the protocol leaves no choice. Start at [dev.quorate.sim.differential.DifferentialTest].
package dev.quorate.sim.differential;
