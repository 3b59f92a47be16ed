package dev.quorate.node;

import dev.quorate.node.config.QuorateConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.SortedMap;

/// Writes the `quorate.toml` of a new node.
final class SettingsFile {
    private SettingsFile() {}

    /// Writes the settings, by section, whole or not at all.
    ///
    /// @throws dev.quorate.node.config.ConfigRefused if one of them is wrong: it shows here, not at
    ///   the first start
    static void write(Path directory, SortedMap<String, String> settings) throws IOException {
        StringBuilder text = new StringBuilder();
        String section = "";
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            int dot = setting.getKey().indexOf('.');
            String itsSection = setting.getKey().substring(0, Math.max(dot, 0));
            if (!itsSection.equals(section)) {
                section = itsSection;
                text.append(text.isEmpty() ? "" : "\n").append('[').append(section).append("]\n");
            }
            text.append(setting.getKey().substring(dot + 1))
                    .append(" = \"")
                    .append(setting.getValue().replace("\\", "\\\\").replace("\"", "\\\""))
                    .append("\"\n");
        }
        Path file = directory.resolve(QuorateConfig.FILE);
        Path fresh = file.resolveSibling(QuorateConfig.FILE + ".new");
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        QuorateConfig.load(directory, Map.of(), Map.of());
    }

    static void putUnlessEmpty(SortedMap<String, String> settings, String key, String value) {
        if (!value.isEmpty()) {
            settings.put(key, value);
        }
    }
}
