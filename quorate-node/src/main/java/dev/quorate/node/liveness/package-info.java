/// The failure detector in the real world: its thread, its clock, its datagrams.
///
/// Start with [dev.quorate.node.liveness.LivenessLane]. May use `dev.quorate.swim`,
/// `dev.quorate.wire` and the transport.
@NullMarked
package dev.quorate.node.liveness;

import org.jspecify.annotations.NullMarked;
