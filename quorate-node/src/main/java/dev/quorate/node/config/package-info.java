/// What a node is told: `quorate.toml`, then the environment, then flags, each over the one before.
///
/// Start with [dev.quorate.node.config.Settings]; [dev.quorate.node.config.SettingKey] is the list
/// of everything that can be set.
@NullMarked
package dev.quorate.node.config;

import org.jspecify.annotations.NullMarked;
