/// A node's directory: who it is, and whether it founds, restarts, or must not start at all.
///
/// Start with [dev.quorate.node.directory.NodeDirectory].
@NullMarked
package dev.quorate.node.directory;

import org.jspecify.annotations.NullMarked;
