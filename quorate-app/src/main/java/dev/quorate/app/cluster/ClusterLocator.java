package dev.quorate.app.cluster;

import dev.quorate.app.admin.AdminClient;
import dev.quorate.app.admin.NodeReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the admin interfaces of a cluster are: what `--dir`, `--admin`, `QUORATE_ADMIN` or, when
/// nothing is said, the `dev` cluster of the current directory tells.
///
/// @param admins `http://host:port`, to be tried in this order
public record ClusterLocator(List<String> admins) {
    /// Where `quorate dev` keeps its cluster when nothing is said.
    public static final Path DEFAULT_DIRECTORY = Path.of(".quorate", "dev");

    public ClusterLocator {
        admins = List.copyOf(admins);
    }

    /// Finds a cluster.
    ///
    /// @param directory of a `dev` cluster or of one of its nodes
    /// @param admin one or more URLs, separated by commas
    public static ClusterLocator find(
            @Nullable Path directory, @Nullable String admin, Map<String, String> environment) {
        if (directory != null) {
            return inDirectory(directory);
        }
        String urls = admin == null ? environment.get("QUORATE_ADMIN") : admin;
        if (urls != null && !urls.isBlank()) {
            return new ClusterLocator(List.of(urls.strip().split(",")));
        }
        if (!Files.isDirectory(DEFAULT_DIRECTORY)) {
            throw new CommandFailure(
                    "No cluster found: there is no "
                            + DEFAULT_DIRECTORY
                            + " here. Start one with `quorate dev`, or name one with --dir, --admin"
                            + " or QUORATE_ADMIN.");
        }
        return inDirectory(DEFAULT_DIRECTORY);
    }

    private static ClusterLocator inDirectory(Path directory) {
        Path absolute = directory.toAbsolutePath().normalize();
        DevLayout layout = DevLayout.read(absolute);
        String own = "";
        Path parent = absolute.getParent();
        if (layout == null && parent != null) {
            // a node's own directory: its cluster is the one beside it
            layout = DevLayout.read(parent);
            own = String.valueOf(absolute.getFileName());
        }
        if (layout == null) {
            throw new CommandFailure(
                    "No cluster found in " + directory + ": it holds no dev.json.");
        }
        List<String> admins = new ArrayList<>();
        for (DevLayout.Node node : layout.nodes()) {
            admins.add(node.dir().equals(own) ? 0 : admins.size(), node.admin());
        }
        return new ClusterLocator(admins);
    }

    /// The report of the first node that answers.
    ///
    /// @param complaints what the nodes before it had to say; added to
    public NodeReport ask(AdminClient client, List<String> complaints) {
        for (String admin : admins) {
            try {
                return client.status(admin);
            } catch (IOException | IllegalArgumentException e) {
                complaints.add(String.valueOf(e.getMessage()));
            }
        }
        throw new CommandFailure(
                "No node of the cluster answers: " + String.join("; ", complaints) + ".");
    }
}
