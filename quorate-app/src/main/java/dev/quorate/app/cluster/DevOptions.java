package dev.quorate.app.cluster;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What was asked of `quorate dev`. Null stands for "not said": the value of the cluster that is
/// there, or else the default.
///
/// @param directory where the cluster lives
/// @param redisPort of node 1; the others follow; 0 for any free ports
/// @param adminPort of node 1; the others follow; 0 for any free ports
/// @param settings further settings of every node, by key; for a new cluster only
public record DevOptions(
        Path directory,
        @Nullable Integer nodes,
        @Nullable Integer groups,
        @Nullable Integer redisPort,
        @Nullable Integer adminPort,
        @Nullable Engine engine,
        Map<String, String> settings) {
    /// Number of nodes when nothing is said.
    public static final int NODES = 3;

    /// Number of data groups when nothing is said.
    public static final int GROUPS = 16;

    /// Redis port of node 1 when nothing is said.
    public static final int REDIS_PORT = 7001;

    /// Admin port of node 1 when nothing is said.
    public static final int ADMIN_PORT = 8081;

    private static final int NODES_MAX = 5;
    private static final int GROUPS_MAX = 1024;

    public DevOptions {
        settings = Collections.unmodifiableMap(new TreeMap<>(settings));
        if (nodes != null && (nodes < 1 || nodes > NODES_MAX)) {
            throw new CommandFailure(
                    "--nodes " + nodes + " is not between 1 and " + NODES_MAX + ".");
        }
        if (groups != null && (groups < 1 || groups > GROUPS_MAX)) {
            throw new CommandFailure(
                    "--groups " + groups + " is not between 1 and " + GROUPS_MAX + ".");
        }
    }

    /// A value, or what stands in for one that was not given.
    static <T> T or(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
