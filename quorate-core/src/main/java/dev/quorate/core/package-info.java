/// The node as one machine.
///
/// Start with [dev.quorate.core.NodeCore]: [dev.quorate.core.NodeInput] goes in,
/// [dev.quorate.core.NodeEffect] comes out. It owns the replicas, routes requests to them, follows
/// group 0 and remembers who waits for what. May use every other package of the core.
@NullMarked
package dev.quorate.core;

import org.jspecify.annotations.NullMarked;
