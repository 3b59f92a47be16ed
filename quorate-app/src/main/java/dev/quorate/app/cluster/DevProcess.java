package dev.quorate.app.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `quorate dev` in a process of its own, for tests and benchmarks: any free ports, and nothing of
/// it left behind when this is closed, whatever happened.
public final class DevProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int POLL_MILLIS = 100;

    private final Path directory;
    private final Process process;
    private final Path output;
    private ReadyFile ready;

    private DevProcess(Path directory, Process process, Path output) {
        this.directory = directory;
        this.process = process;
        this.output = output;
        ready = new ReadyFile("", "", List.of());
    }

    /// Starts a cluster and waits until it is ready.
    ///
    /// @param directory of the cluster; made if it does not exist
    /// @param limit longest time to wait
    /// @param options of `quorate dev`, besides directory, ports and ready-file
    /// @throws CommandFailure if it is not ready in time; the message holds what it printed
    public static DevProcess start(Path directory, Duration limit, String... options)
            throws IOException {
        Path home = directory.toAbsolutePath().normalize();
        Files.createDirectories(home);
        Path readyFile = home.resolve("ready.json");
        Files.deleteIfExists(readyFile);
        List<String> command = new ArrayList<>(NodeProcess.command("dev"));
        command.addAll(List.of("--dir", home.toString(), "--ready-file", readyFile.toString()));
        command.addAll(List.of("--redis-port", "0", "--admin-port", "0"));
        command.addAll(List.of(options));
        Path output = home.resolve("dev.out");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        DevProcess dev =
                new DevProcess(home, builder.redirectOutput(output.toFile()).start(), output);
        try {
            dev.awaitReady(readyFile, limit);
            return dev;
        } catch (IOException | CommandFailure e) {
            dev.close();
            throw e;
        }
    }

    private void awaitReady(Path readyFile, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!Files.exists(readyFile)) {
            if (ended(process, Duration.ofMillis(POLL_MILLIS))) {
                throw new CommandFailure("quorate dev ended: " + printed());
            }
            if (System.nanoTime() - deadline > 0) {
                throw new CommandFailure(
                        "quorate dev was not ready in " + limit.toSeconds() + " s: " + printed());
            }
        }
        ready = ReadyFile.read(readyFile);
    }

    /// What the ready-file says.
    public ReadyFile ready() {
        return ready;
    }

    /// All that `dev` has printed so far.
    public String printed() throws IOException {
        return Files.exists(output) ? Files.readString(output) : "";
    }

    /// Whether `dev` itself still runs.
    public boolean alive() {
        return process.isAlive();
    }

    /// Asks `dev` to stop, as Ctrl-C does, and waits for it.
    ///
    /// @return false if it had to be killed
    public boolean stop() {
        process.destroy();
        boolean ended = ended(process, PATIENCE);
        if (!ended) {
            process.destroyForcibly();
            ended(process, PATIENCE);
        }
        return ended;
    }

    /// Stops everything; nodes that `dev` did not stop are killed.
    @Override
    public void close() {
        stop();
        DevLayout layout = DevLayout.read(directory);
        if (layout != null) {
            for (DevLayout.Node node : layout.nodes()) {
                PidFile.process(directory.resolve(node.dir()))
                        .ifPresent(left -> NodeProcess.stop(left, Duration.ofSeconds(1)));
            }
        }
    }

    private static boolean ended(Process process, Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !process.isAlive();
        }
    }
}
