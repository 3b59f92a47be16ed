/// Tests of the simulator itself, and of the cluster in it.
@NullMarked
package dev.quorate.sim;

import org.jspecify.annotations.NullMarked;
