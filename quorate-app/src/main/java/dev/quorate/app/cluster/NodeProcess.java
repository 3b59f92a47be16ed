package dev.quorate.app.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One node of a cluster on this machine, as a process of its own.
public final class NodeProcess {
    private static final String MAIN = "dev.quorate.app.Main";
    private static final int TAIL_LINES = 8;
    private static final int TAIL_BYTES = 8 * 1024;

    private final Path directory;
    private final Process process;

    private NodeProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /// Starts `quorate start --dir DIRECTORY` with the Java and the libraries of this process. It
    /// logs to `node.log` there; a last sentence goes to `node.err`.
    public static NodeProcess start(Path directory) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command("start", "--quiet", "--dir", directory.toString()));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.redirectError(directory.resolve("node.err").toFile());
        Process process = builder.start();
        process.getOutputStream().close();
        return new NodeProcess(directory, process);
    }

    /// The command line that runs this version of `quorate` with these arguments.
    public static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("-Xmx" + System.getProperty("quorate.node.heap", "1g"));
        command.add("-XX:+UseSerialGC");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-cp");
        command.add(System.getProperty("quorate.classpath", System.getProperty("java.class.path")));
        command.add(MAIN);
        command.addAll(List.of(arguments));
        return command;
    }

    /// The process id.
    public long pid() {
        return process.pid();
    }

    /// Whether this very process still runs.
    public boolean alive() {
        return process.isAlive();
    }

    /// What the node said last, for an error message; empty if it said nothing.
    public String lastWords() {
        String words = tail(directory.resolve("node.err"));
        return words.isEmpty() ? tail(directory.resolve("node.log")) : words;
    }

    private static String tail(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            int from = Math.max(0, bytes.length - TAIL_BYTES);
            List<String> lines =
                    new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8)
                            .lines()
                            .toList();
            return String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "";
        }
    }

    /// Ends whatever process runs the node in a directory now, be it started here or by hand: first
    /// politely, and after `patience` by force. Returns when it is gone.
    public static void stop(ProcessHandle node, Duration patience) {
        node.destroy();
        if (!ended(node, patience)) {
            node.destroyForcibly();
            ended(node, patience);
        }
    }

    private static boolean ended(ProcessHandle node, Duration patience) {
        CompletableFuture<ProcessHandle> exit = node.onExit();
        try {
            exit.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return !node.isAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !node.isAlive();
        }
    }

    /// The process that runs the node now: this one, or one that was started by hand since.
    public Optional<ProcessHandle> current() {
        return process.isAlive() ? Optional.of(process.toHandle()) : PidFile.process(directory);
    }
}
