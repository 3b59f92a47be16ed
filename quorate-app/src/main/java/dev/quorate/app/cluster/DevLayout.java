package dev.quorate.app.cluster;

import dev.quorate.app.admin.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a `dev` cluster is made of; kept in its directory as `dev.json`, so that the cluster comes
/// back with the same ports and `status` finds it.
///
/// @param nodes by id
public record DevLayout(String clusterId, int groups, Engine engine, List<Node> nodes) {
    private static final String NAME = "dev.json";

    /// One node.
    ///
    /// @param dir its directory, relative to the cluster's
    public record Node(long id, String dir, int redisPort, int adminPort, int linksPort) {
        /// `host:port` of its Redis protocol server.
        public String redis() {
            return "127.0.0.1:" + redisPort;
        }

        /// `http://host:port` of its admin interface.
        public String admin() {
            return "http://127.0.0.1:" + adminPort;
        }
    }

    public DevLayout {
        nodes = List.copyOf(nodes);
    }

    /// The layout of the cluster in `directory`, or null if there is none.
    public static @Nullable DevLayout read(Path directory) {
        try {
            return ReportJson.read(Files.readString(directory.resolve(NAME)), DevLayout.class);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new CommandFailure(
                    "The file "
                            + directory.resolve(NAME)
                            + " cannot be read: "
                            + e.getMessage()
                            + ". Use --fresh to start over.",
                    e);
        }
    }

    /// Keeps this layout. Written last when a cluster is made: a directory with it is complete.
    public void write(Path directory) throws IOException {
        Path fresh = directory.resolve(NAME + ".new");
        Files.writeString(fresh, ReportJson.write(this));
        Files.move(fresh, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    }

    /// Checks that what was asked for is what is there.
    public void mustMatch(DevOptions options) {
        Node first = nodes.getFirst();
        same("--nodes", options.nodes(), nodes.size(), options);
        same("--groups", options.groups(), groups, options);
        same("--engine", options.engine(), engine, options);
        same("--redis-port", anyAsNull(options.redisPort()), first.redisPort(), options);
        same("--admin-port", anyAsNull(options.adminPort()), first.adminPort(), options);
    }

    private static @Nullable Integer anyAsNull(@Nullable Integer port) {
        return port != null && port == 0 ? null : port;
    }

    private static void same(
            String option, @Nullable Object asked, Object there, DevOptions options) {
        if (asked != null && !Objects.equals(asked, there)) {
            throw new CommandFailure(
                    "The cluster in "
                            + options.directory()
                            + " has "
                            + option
                            + " "
                            + there
                            + ", not "
                            + asked
                            + ". Leave the option out, choose another --dir, or add --fresh to"
                            + " delete that cluster and make a new one.");
        }
    }
}
