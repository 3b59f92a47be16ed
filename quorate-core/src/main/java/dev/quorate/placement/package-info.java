/// Where replicas and leaders shall be: pure functions of what group 0 says and which nodes seem
/// lost. They remember nothing, so any node may go on with a plan after any crash.
///
/// Start with [dev.quorate.placement.Placement] (what to propose now), then
/// [dev.quorate.placement.NodeSteps] (how nodes come and go). Depends on `types` and `metadata`.
@NullMarked
package dev.quorate.placement;

import org.jspecify.annotations.NullMarked;
