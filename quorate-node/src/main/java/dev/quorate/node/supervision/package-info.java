/// What runs in a node, in which order it starts and stops, and what is started again when it
/// fails.
///
/// Start with [dev.quorate.node.supervision.Subsystems]. Depends on nothing of the project.
@NullMarked
package dev.quorate.node.supervision;

import org.jspecify.annotations.NullMarked;
