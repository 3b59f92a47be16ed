package dev.quorate.bench;

import dev.quorate.app.admin.ReportJson;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.ReadyFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `quorate bench`: how fast a whole cluster of real processes acknowledges durable, encrypted,
/// replicated writes.
@Command(
        name = "quorate bench",
        mixinStandardHelpOptions = true,
        description = "Measures three nodes on this machine: mTLS, every write forced to disk.")
public final class Bench implements Callable<Integer> {
    private static final Duration READY = Duration.ofMinutes(5);
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final String CONDITIONS =
            "three node processes and the load on one machine; loopback; mutual TLS; a write is"
                    + " acknowledged when a majority has forced it to disk; closed loop";

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the results.")
    private @Nullable Path json;

    @Option(
            names = "--groups",
            split = ",",
            defaultValue = "1,16,64,256",
            description = "Numbers of groups (default: ${DEFAULT-VALUE}).")
    private List<Integer> groups = List.of();

    @Option(
            names = "--outstanding",
            split = ",",
            defaultValue = "1,64,256",
            description = "Numbers of clients with one write each (default: ${DEFAULT-VALUE}).")
    private List<Integer> outstanding = List.of();

    @Option(names = "--value", defaultValue = "128", description = "Bytes per value.")
    private int valueBytes;

    @Option(names = "--seconds", defaultValue = "10", description = "Measured time per record.")
    private int seconds;

    @Option(
            names = "--dir",
            defaultValue = ".quorate/bench",
            description = "Where the clusters live (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of(".quorate", "bench");

    private Bench() {}

    /// Runs the benchmark and exits.
    public static void main(String[] args) {
        CommandLine line = new CommandLine(new Bench());
        line.setExecutionExceptionHandler((failure, parsed, _) -> {
            parsed.getErr().println("quorate bench: " + failure.getMessage());
            return 1;
        });
        Runtime.getRuntime().exit(line.execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (valueBytes < 1 || valueBytes > 1 << 20 || seconds < 1) {
            throw new CommandFailure("--value must be 1 to 1048576 and --seconds at least 1.");
        }
        BenchResults.Machine machine = machine();
        List<BenchResults.Measurement> records = new ArrayList<>();
        say(header());
        for (int count : groups) {
            records.addAll(measure(count));
        }
        if (json != null) {
            String takenAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
            Files.writeString(
                    json,
                    ReportJson.write(new BenchResults(takenAt, machine, CONDITIONS, records)));
            say("results: " + json);
        }
        return 0;
    }

    private List<BenchResults.Measurement> measure(int groupCount) throws IOException {
        List<BenchResults.Measurement> records = new ArrayList<>();
        Path home = directory.resolve("groups-" + groupCount);
        try (DevProcess dev =
                DevProcess.start(
                        home, READY, "--fresh", "--groups", Integer.toString(groupCount))) {
            List<Long> pids = dev.ready().nodes().stream().map(ReadyFile.Node::pid).toList();
            warmUp(dev.ready());
            for (int clients : outstanding) {
                BenchResults.Measurement result = load(dev.ready(), pids, groupCount, clients);
                say(line(result));
                records.add(result);
            }
        }
        return records;
    }

    /// Lets the nodes compile what they run often; else the first record pays for it.
    private void warmUp(ReadyFile ready) throws IOException {
        List<String> addresses = ready.nodes().stream().map(ReadyFile.Node::redis).toList();
        int clients = outstanding.stream().mapToInt(Integer::intValue).max().orElse(1);
        try (LoadLoop loop = new LoadLoop(addresses, valueBytes, 0)) {
            loop.run(clients, WARM_UP, Duration.ofMillis(1), () -> {}, () -> {});
        }
    }

    private BenchResults.Measurement load(
            ReadyFile ready, List<Long> pids, int groupCount, int clients) throws IOException {
        List<String> addresses = ready.nodes().stream().map(ReadyFile.Node::redis).toList();
        List<ProcessUsage> usages = new ArrayList<>();
        Duration measured = Duration.ofSeconds(seconds);
        LoadLoop.Result result;
        try (LoadLoop loop = new LoadLoop(addresses, valueBytes, clients)) {
            Runnable look = () -> usages.add(usage(pids));
            Duration warmUp = Duration.ofSeconds(Math.clamp(seconds / 3L, 1, 10));
            result = loop.run(clients, warmUp, measured, look, look);
        }
        ProcessUsage begun = usages.getFirst();
        ProcessUsage ended = usages.getLast();
        long writes = Math.max(1, result.latency().getTotalCount());
        return new BenchResults.Measurement(
                "quorate",
                groupCount,
                clients,
                valueBytes,
                result.opsPerSecond(),
                result.latency().getValueAtPercentile(50) / 1e3,
                result.latency().getValueAtPercentile(99) / 1e3,
                result.latency().getValueAtPercentile(99.9) / 1e3,
                (double) (ended.cpuMicros() - begun.cpuMicros()) / writes,
                idleCpuPercent(pids),
                ended.rssBytes() >> 20,
                ended.threads(),
                result.errors(),
                Map.of());
    }

    private static double idleCpuPercent(List<Long> pids) {
        // the last writes of the load are still being answered
        pause(Duration.ofSeconds(1));
        ProcessUsage begun = usage(pids);
        long start = System.nanoTime();
        pause(IDLE);
        double micros = (System.nanoTime() - start) / 1e3;
        return (usage(pids).cpuMicros() - begun.cpuMicros()) / micros * 100 / pids.size();
    }

    private static void pause(Duration duration) {
        try {
            new CountDownLatch(1).await(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProcessUsage usage(List<Long> pids) {
        try {
            return ProcessUsage.of(pids);
        } catch (IOException e) {
            throw new UncheckedIOException("a node ended during the benchmark", e);
        }
    }

    private static BenchResults.Machine machine() throws IOException {
        String processor = firstValue(Path.of("/proc/cpuinfo"), "model name");
        String memory = firstValue(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "");
        String version = Bench.class.getPackage().getImplementationVersion();
        return new BenchResults.Machine(
                Runtime.getRuntime().availableProcessors(),
                processor,
                memory.isEmpty() ? 0 : Long.parseLong(memory) / 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                Runtime.version().toString(),
                version == null ? "development" : version,
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String firstValue(Path file, String name) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String header() {
        return "groups clients   writes/s   p50 us   p99 us p99.9 us  cpu us/op  idle %  rss MiB"
                + " threads errors";
    }

    private static String line(BenchResults.Measurement result) {
        return "%6d %7d %10.0f %8.0f %8.0f %8.0f %10.1f %7.2f %8d %7d %6d"
                .formatted(
                        result.groups(),
                        result.outstanding(),
                        result.opsPerS(),
                        result.p50Us(),
                        result.p99Us(),
                        result.p999Us(),
                        result.cpuUsPerOp(),
                        result.idleCpuPercent(),
                        result.rssMib(),
                        result.threads(),
                        result.errors());
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
