package dev.quorate.node.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.quorate.api.ReadLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The effective value of every setting, and where it comes from. Immutable.
public final class Settings {
    private static final String VARIABLE_PREFIX = "QUORATE_";

    private final Map<SettingKey, Effective> values;

    /// One setting as it is in effect.
    ///
    /// @param origin `default`, the file's name, the variable's name, or `flag`
    public record Effective(SettingKey setting, String value, String origin) {}

    private Settings(Map<SettingKey, Effective> values) {
        this.values = values;
    }

    /// Reads the file if there is one, then the environment, then the flags.
    ///
    /// @param overrides by key, such as `raft.heartbeat`
    /// @throws ConfigRefused if anything in them is unknown or not allowed
    public static Settings load(
            Path file, Map<String, String> environment, Map<String, String> overrides) {
        Map<SettingKey, Effective> values = new EnumMap<>(SettingKey.class);
        for (SettingKey setting : SettingKey.values()) {
            values.put(setting, new Effective(setting, setting.defaultText(), "default"));
        }
        if (Files.exists(file)) {
            read(file, values);
        }
        readEnvironment(new TreeMap<>(environment), values);
        overrides.forEach((key, text) -> set(values, "flag", key, text));
        return new Settings(values);
    }

    /// All settings in the order of [SettingKey].
    public List<Effective> explain() {
        return new ArrayList<>(values.values());
    }

    /// The text of a setting; an address or a choice is used as it is.
    public String text(SettingKey setting) {
        return effective(setting).value();
    }

    Duration duration(SettingKey setting) {
        return SettingType.duration(text(setting));
    }

    ReadLevel freshness(SettingKey setting) {
        return SettingType.freshness(text(setting));
    }

    long bytes(SettingKey setting) {
        return SettingType.bytes(text(setting));
    }

    int count(SettingKey setting) {
        return Integer.parseInt(text(setting));
    }

    /// The refusal of a value that is well-formed but cannot be used.
    ConfigRefused refuse(SettingKey setting, String why) {
        Effective effective = effective(setting);
        return new ConfigRefused(
                "%s: %s = \"%s\" cannot be used: %s"
                        .formatted(effective.origin(), setting.key(), effective.value(), why));
    }

    private Effective effective(SettingKey setting) {
        Effective effective = values.get(setting);
        if (effective == null) {
            throw new IllegalStateException("no value for " + setting);
        }
        return effective;
    }

    private static void read(Path file, Map<SettingKey, Effective> values) {
        JsonNode root;
        try {
            root = new TomlMapper().readTree(Files.readString(file));
        } catch (JacksonException bad) {
            JsonLocation at = bad.getLocation();
            String where = at == null ? "" : " line " + at.getLineNr();
            throw new ConfigRefused(file + where + ": not TOML: " + bad.getOriginalMessage());
        } catch (IOException failure) {
            throw new ConfigRefused(file + " cannot be read: " + failure);
        }
        flatten(file, "", root, values);
    }

    private static void flatten(
            Path file, String prefix, JsonNode node, Map<SettingKey, Effective> values) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String key = prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey();
            if (field.getValue().isObject()) {
                flatten(file, key, field.getValue(), values);
            } else if (field.getValue().isArray()) {
                throw new ConfigRefused(file + ": " + key + " is a list; no setting is one");
            } else {
                set(values, file.toString(), key, field.getValue().asText());
            }
        }
    }

    private static void readEnvironment(
            Map<String, String> environment, Map<SettingKey, Effective> values) {
        Map<String, SettingKey> known = new LinkedHashMap<>();
        for (SettingKey setting : SettingKey.values()) {
            known.put(setting.variable(), setting);
        }
        List<String> names = List.copyOf(known.keySet());
        environment.forEach((name, text) -> {
            SettingKey setting = known.get(name);
            if (setting != null) {
                set(values, name, setting.key(), text);
            } else if (inSection(name, names)) {
                throw new ConfigRefused(
                        "environment: there is no setting %s; did you mean %s?"
                                .formatted(name, SettingKey.nearest(name, names)));
            }
        });
    }

    /// Whether the variable is meant for one of our sections; others that begin like ours, such as
    /// `QUORATE_ADMIN`, are read by commands and are none of our business here.
    private static boolean inSection(String name, List<String> known) {
        int end = name.indexOf('_', VARIABLE_PREFIX.length());
        return name.startsWith(VARIABLE_PREFIX)
                && end > 0
                && known.stream().anyMatch(other -> other.startsWith(name.substring(0, end + 1)));
    }

    private static void set(
            Map<SettingKey, Effective> values, String origin, String key, String text) {
        SettingKey setting = SettingKey.of(key);
        if (setting == null) {
            throw new ConfigRefused(
                    "%s: there is no setting %s; did you mean %s?"
                            .formatted(origin, key, SettingKey.nearest(key, SettingKey.keys())));
        }
        if (!setting.type().accepts(text)) {
            throw new ConfigRefused(
                    "%s: %s = \"%s\" is not allowed; it must be %s"
                            .formatted(origin, key, text, setting.allowed()));
        }
        values.put(setting, new Effective(setting, text, origin));
    }
}
