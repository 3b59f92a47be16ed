/// One story, or more, for each safety rule: a cluster meets exactly the trouble that the rule is
/// about, in simulated time, while every invariant is checked. Needs nothing but the simulator.
@NullMarked
package dev.quorate.sim.story;

import org.jspecify.annotations.NullMarked;
