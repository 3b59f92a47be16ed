/// The read-only HTTP interface of a node, and the client that reads it.
///
/// Start with [dev.quorate.app.admin.AdminServer]. Knows nothing of how a node is run: it serves
/// the [dev.quorate.app.admin.NodeReport] it is given.
@NullMarked
package dev.quorate.app.admin;

import org.jspecify.annotations.NullMarked;
