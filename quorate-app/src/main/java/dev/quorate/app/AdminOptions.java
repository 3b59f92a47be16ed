package dev.quorate.app;

import dev.quorate.app.admin.AdminToken;
import dev.quorate.app.admin.ReportJson;
import dev.quorate.app.admin.SecurityClient;
import dev.quorate.app.admin.SecurityClient.Door;
import dev.quorate.app.cluster.ClusterLocator;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.DevLayout;
import dev.quorate.node.config.ConfigRefused;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.NodeDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Which cluster a command is about, with which credential, and how it prints.
final class AdminOptions {
    /// How to print.
    enum Format {
        TABLE,
        JSON
    }

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory of a dev cluster, or of one node.")
    private @Nullable Path directory;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "Admin address of a node; several with commas. Also: QUORATE_ADMIN.")
    private @Nullable String admin;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (default) or json.")
    private Format format = Format.TABLE;

    /// The directory that was named, or null.
    @Nullable Path directory() {
        return directory;
    }

    /// The admin interfaces to try, in this order. A token is taken from the directory of the node,
    /// or from QUORATE_ADMIN_TOKEN.
    List<Door> doors() {
        Map<String, String> environment = System.getenv();
        if (admin == null && directory != null && Files.exists(directory.resolve("quorate.toml"))) {
            return List.of(node(directory));
        }
        Path home = directory;
        if (home == null && admin == null && environment.get("QUORATE_ADMIN") == null) {
            home = ClusterLocator.DEFAULT_DIRECTORY;
        }
        DevLayout layout = home == null ? null : DevLayout.read(home);
        if (home != null && layout != null) {
            List<Door> doors = new ArrayList<>();
            for (DevLayout.Node node : layout.nodes()) {
                doors.add(new Door(node.admin(), tokenIn(home.resolve(node.dir()))));
            }
            return doors;
        }
        String given = environment.get("QUORATE_ADMIN_TOKEN");
        AdminToken token = given == null ? null : AdminToken.of(given);
        return ClusterLocator.find(directory, admin, environment).admins().stream()
                .map(url -> new Door(url, token))
                .toList();
    }

    /// Something to ask of a node.
    interface Question<T> {
        T of(SecurityClient client, Door door) throws IOException;
    }

    /// The answer of the first node that answers.
    ///
    /// @throws CommandFailure if none does, or the one that does refuses
    <T> T first(Question<T> question) {
        List<String> complaints = new ArrayList<>();
        try (SecurityClient client = new SecurityClient()) {
            for (Door door : doors()) {
                try {
                    return question.of(client, door);
                } catch (SecurityClient.Refused e) {
                    throw new CommandFailure(String.valueOf(e.getMessage()), e);
                } catch (IOException | IllegalArgumentException e) {
                    complaints.add(String.valueOf(e.getMessage()));
                }
            }
        }
        throw new CommandFailure(
                "No node of the cluster answers: " + String.join("; ", complaints) + ".");
    }

    /// The answers of all nodes that answer.
    ///
    /// @param complaints what the others had to say; added to
    <T> List<T> all(Question<T> question, List<String> complaints) {
        List<T> answers = new ArrayList<>();
        try (SecurityClient client = new SecurityClient()) {
            for (Door door : doors()) {
                try {
                    answers.add(question.of(client, door));
                } catch (IOException | IllegalArgumentException e) {
                    complaints.add(String.valueOf(e.getMessage()));
                }
            }
        }
        if (answers.isEmpty()) {
            throw new CommandFailure(String.join("; ", complaints));
        }
        return answers;
    }

    /// Whether the documents are printed for machines.
    boolean isJson() {
        return format == Format.JSON;
    }

    /// Whether the directory that was named is that of a node that has left its cluster.
    boolean hasLeft() {
        Path home = directory;
        return home != null && Files.exists(new NodeDirectory(home).left());
    }

    /// Prints a document as JSON, or as the lines that people read.
    void print(Object document, String lines) {
        var out = spec.commandLine().getOut();
        switch (format) {
            case JSON -> out.println(ReportJson.write(document));
            case TABLE -> out.print(lines);
        }
        out.flush();
    }

    private static Door node(Path directory) {
        try {
            String listen = QuorateConfig.load(directory).doors().admin();
            if (listen.isEmpty()) {
                throw new CommandFailure("The node in " + directory + " has no admin interface.");
            }
            return new Door("http://" + listen, tokenIn(directory));
        } catch (ConfigRefused e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable AdminToken tokenIn(Path directory) {
        try {
            return AdminToken.read(directory);
        } catch (IOException e) {
            // looking needs none, and changing will be refused with a sentence
            return null;
        }
    }
}
