package dev.quorate.app.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `node.pid` in a node's directory: which process runs the node, told in a way that a reused
/// process id does not fool.
///
/// @param started when that process began; the operating system's figure, to the second
public record PidFile(long pid, Instant started) {
    private static final String NAME = "node.pid";
    private static final Duration TOLERANCE = Duration.ofSeconds(3);

    /// Writes the calling process into the directory's file.
    public static void writeOwn(Path directory) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        Instant started = self.info().startInstant().orElse(Instant.EPOCH);
        Path fresh = directory.resolve(NAME + ".new");
        Files.writeString(fresh, self.pid() + " " + started.toEpochMilli() + "\n");
        Files.move(fresh, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    }

    /// Removes the file if it names the calling process.
    public static void removeOwn(Path directory) throws IOException {
        PidFile file = read(directory);
        if (file != null && file.pid == ProcessHandle.current().pid()) {
            Files.deleteIfExists(directory.resolve(NAME));
        }
    }

    /// The process that runs the node in `directory` now; empty if there is none, or if the process
    /// with that id is another one by now.
    public static Optional<ProcessHandle> process(Path directory) {
        PidFile file = read(directory);
        if (file == null) {
            return Optional.empty();
        }
        return ProcessHandle.of(file.pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> file.sameStart(process) && runsNode(process, directory));
    }

    private static @Nullable PidFile read(Path directory) {
        try {
            String[] words = Files.readString(directory.resolve(NAME)).strip().split(" ", -1);
            return words.length == 2
                    ? new PidFile(
                            Long.parseLong(words[0]),
                            Instant.ofEpochMilli(Long.parseLong(words[1])))
                    : null;
        } catch (IOException | NumberFormatException e) {
            return null;
        }
    }

    private boolean sameStart(ProcessHandle process) {
        Instant theirs = process.info().startInstant().orElse(Instant.EPOCH);
        return Duration.between(started, theirs).abs().compareTo(TOLERANCE) <= 0;
    }

    /// Whether the command line is `… start --dir DIRECTORY`. A process whose arguments are hidden
    /// is taken by its start time alone.
    private static boolean runsNode(ProcessHandle process, Path directory) {
        Optional<String[]> arguments = process.info().arguments();
        if (arguments.isEmpty()) {
            return true;
        }
        List<String> words = List.of(arguments.get());
        String name = String.valueOf(directory.getFileName());
        return words.contains("start") && words.stream().anyMatch(word -> word.endsWith(name));
    }
}
