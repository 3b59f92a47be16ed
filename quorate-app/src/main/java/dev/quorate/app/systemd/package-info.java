/// Tells systemd how a node is (`sd_notify`).
///
/// Start with [dev.quorate.app.systemd.SystemdNotifier]. May use `dev.quorate.node`.
@NullMarked
package dev.quorate.app.systemd;

import org.jspecify.annotations.NullMarked;
