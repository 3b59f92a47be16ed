/// The shell around the core: reactor, lanes, configuration, and the API that embedders call.
///
/// Start with [dev.quorate.node.Quorate]. May use core, storage and transport.
@NullMarked
package dev.quorate.node;

import org.jspecify.annotations.NullMarked;
