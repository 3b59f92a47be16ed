package dev.quorate.app.cluster;

import dev.quorate.app.admin.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// The file that tells a script that `quorate dev` is ready, and where everything is.
///
/// @param console `http://host:port` of a node's admin interface
public record ReadyFile(String clusterId, String console, List<Node> nodes) {
    /// One node.
    ///
    /// @param redis `host:port`
    /// @param admin `http://host:port`
    /// @param dir absolute
    public record Node(long id, long pid, String redis, String admin, String dir) {}

    public ReadyFile {
        nodes = List.copyOf(nodes);
    }

    /// Writes the file so that it appears whole.
    public void write(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path fresh = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.writeString(fresh, ReportJson.write(this));
        Files.move(fresh, absolute, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Reads the file.
    public static ReadyFile read(Path file) throws IOException {
        return ReportJson.read(Files.readString(file), ReadyFile.class);
    }
}
