/// What a node does about certificates by itself: renews its own, issues those of others, follows a
/// change of the authority, and clears up after join tokens.
///
/// Start with [dev.quorate.node.identity.ClusterSecurity], which operators use and which puts the
/// parts together.
@NullMarked
package dev.quorate.node.identity;

import org.jspecify.annotations.NullMarked;
