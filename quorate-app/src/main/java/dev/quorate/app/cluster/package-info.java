/// A cluster of real processes on this machine, and how commands find a cluster.
///
/// Start with [dev.quorate.app.cluster.DevCluster]. May use `admin`, and the node to prepare
/// directories.
@NullMarked
package dev.quorate.app.cluster;

import org.jspecify.annotations.NullMarked;
