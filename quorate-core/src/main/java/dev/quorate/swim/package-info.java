/// Who seems to be alive: SWIM with Lifeguard, as a deterministic machine, and store liveness.
///
/// Start with [dev.quorate.swim.Swim]; what goes in is [dev.quorate.swim.SwimInput], what comes out
/// is [dev.quorate.swim.SwimEffect], what nodes say to each other is
/// [dev.quorate.swim.SwimMessage]. [dev.quorate.swim.StoreLiveness] is the second machine: one
/// node's promise to regard another as alive. Who the members *are* is group 0's business; here is
/// soft state only. Depends on `types` only.
///
/// Sources: Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process
/// Group Membership Protocol", DSN 2002; Dadgar, Phillips and Currey, "Lifeguard: Local Health
/// Awareness for More Accurate Failure Detection", arXiv 1707.00788.
@NullMarked
package dev.quorate.swim;

import org.jspecify.annotations.NullMarked;
