package dev.quorate.bench;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How fast the journal appends with one force per batch, beside a loop that writes and forces as
/// many bytes to a plain file in the same run; and how fast a start reads it all back.
@Command(
        name = "journal-bench",
        mixinStandardHelpOptions = true,
        description = "Measures the journal beside a plain file, interleaved, in one run.")
public final class JournalBench implements Callable<Integer> {
    private static final int MANY_GROUPS = 1024;
    private static final int COMPACT_EVERY = 64;
    private static final int SEGMENTS_FRESH = 7;
    private static final long PLAIN_BYTES = 64 << 20;

    @Option(names = "--dir", defaultValue = ".quorate/journal-bench", description = "Where.")
    private Path directory = Path.of(".quorate", "journal-bench");

    @Option(names = "--batch", defaultValue = "1024", description = "Entries per force.")
    private int batch = MANY_GROUPS;

    @Option(names = "--value", defaultValue = "128", description = "Bytes per entry.")
    private int valueBytes = 128;

    @Option(names = "--batches", defaultValue = "256", description = "Forces per round.")
    private int batches = 256;

    @Option(names = "--rounds", defaultValue = "9", description = "How often each is run.")
    private int rounds = 9;

    @Option(names = "--replay-mib", defaultValue = "1024", description = "Size for the start.")
    private int replayMib = 1024;

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    private JournalBench() {}

    /// Runs it and exits.
    public static void main(String[] args) {
        Runtime.getRuntime().exit(new CommandLine(new JournalBench()).execute(args));
    }

    @Override
    public Integer call() {
        clear();
        List<Round> measured = new ArrayList<>();
        try (Plain plain = new Plain();
                Subject one = new Subject("one", 1);
                Subject many = new Subject("many", manyGroups())) {
            one.warmUp();
            many.warmUp();
            for (int round = 0; round < rounds; round++) {
                Meter raw = new Meter();
                Meter single = new Meter();
                Meter all = new Meter();
                // batch by batch, so that whatever else the machine does slows all three down
                for (int i = 0; i < batches; i++) {
                    raw.measure(plain::load);
                    single.measure(one::load);
                    all.measure(many::load);
                }
                Round result = new Round(run(raw), run(single), run(all));
                say(result.sentence(manyGroups()));
                measured.add(result);
            }
        }
        if (!measured.isEmpty()) {
            say(
                    ("median of %d rounds: 1 group %.0f %% of the plain file, %d groups %.0f %% of"
                                    + " 1 group; processor time per entry %.0f ns and %.0f ns")
                            .formatted(
                                    rounds,
                                    100 * median(measured, r -> r.one.perSecond / r.raw.perSecond),
                                    manyGroups(),
                                    100 * median(measured, r -> r.many.perSecond / r.one.perSecond),
                                    median(measured, r -> r.one.cpuNanos),
                                    median(measured, r -> r.many.cpuNanos)));
        }
        replay();
        clear();
        return 0;
    }

    /// Adds up what batches take.
    private static final class Meter {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private long nanos;
        private long cpuNanos;

        void measure(Runnable work) {
            long cpu = threads.getCurrentThreadCpuTime();
            long started = System.nanoTime();
            work.run();
            nanos += System.nanoTime() - started;
            cpuNanos += threads.getCurrentThreadCpuTime() - cpu;
        }
    }

    /// What one of them took in a round.
    ///
    /// @param cpuNanos processor time of this thread, per entry: it does not depend on who else
    ///   uses the machine as much as the rest does
    private record Run(double perSecond, double cpuNanos) {}

    private Run run(Meter meter) {
        double entries = (double) batches * batch;
        return new Run(entries * 1e9 / meter.nanos, meter.cpuNanos / entries);
    }

    /// The three beside each other.
    private record Round(Run raw, Run one, Run many) {
        String sentence(int groups) {
            return ("plain file %,.0f/s, %.0f ns; journal with 1 group %,.0f/s (%.0f %%), %.0f ns;"
                            + " with %d groups %,.0f/s (%.0f %% of one), %.0f ns")
                    .formatted(
                            raw.perSecond,
                            raw.cpuNanos,
                            one.perSecond,
                            100 * one.perSecond / raw.perSecond,
                            one.cpuNanos,
                            groups,
                            many.perSecond,
                            100 * many.perSecond / one.perSecond,
                            many.cpuNanos);
        }
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> what) {
        double[] sorted = rounds.stream().mapToDouble(what).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /// A journal under load.
    private final class Subject implements AutoCloseable {
        private final FileDisk disk;
        private final Journal journal;
        private final int groups;
        private final Bytes payload = Bytes.wrap(new byte[valueBytes]);
        private long next = 1;
        private long written;

        Subject(String name, int groups) {
            this.groups = groups;
            disk = FileDisk.open(directory.resolve(name));
            journal = Journal.open(disk, options());
            host(journal, groups);
            journal.idle();
        }

        /// Writes until segments are recycled, as they are in a node that has run for a while: the
        /// first ones have to be filled with zeros as well.
        void warmUp() {
            long bytes = SEGMENTS_FRESH * (long) options().segmentBytes();
            for (long written = 0; written < bytes; written += batchBytes()) {
                load();
            }
        }

        void load() {
            append(journal, groups, batch / groups, next, payload);
            next += batch / groups;
            if (++written % COMPACT_EVERY == 0) {
                for (int group = 0; group < groups; group++) {
                    journal.compact(
                            new GroupId(group),
                            next - 1,
                            1,
                            Configuration.of(List.of(member(group))));
                }
            }
            journal.commit();
        }

        @Override
        public void close() {
            journal.close();
            disk.close();
        }
    }

    private void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }

    /// What a batch takes in the journal.
    private int batchBytes() {
        return batch * (24 + 24 + (valueBytes + 7 & ~7)) + 40;
    }

    private int manyGroups() {
        return Math.min(MANY_GROUPS, batch);
    }

    private void replay() {
        Path path = directory.resolve("replay");
        Bytes payload = Bytes.wrap(new byte[1024]);
        long entries = 0;
        try (FileDisk disk = FileDisk.open(path);
                Journal journal = Journal.open(disk, options())) {
            host(journal, 16);
            while (journal.totalBytes() < (long) replayMib << 20) {
                append(journal, 16, 64, entries / 16 + 1, payload);
                journal.commit();
                entries += 16 * 64;
            }
        }
        long started = System.nanoTime();
        try (FileDisk disk = FileDisk.open(path);
                Journal journal = Journal.open(disk, options())) {
            double seconds = (System.nanoTime() - started) / 1e9;
            say(
                    ("start: %,d entries in %,d MiB read and verified in %.1f s"
                                    + " (%,.0f MiB/s), %d replicas")
                            .formatted(
                                    entries,
                                    replayMib,
                                    seconds,
                                    replayMib / seconds,
                                    journal.recovered().size()));
        }
    }

    /// A plain file, preallocated, into which as many bytes are written and forced per batch as the
    /// journal takes.
    private final class Plain implements AutoCloseable {
        private final FileChannel file;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(batchBytes());
        private long at;

        Plain() {
            try {
                file =
                        FileChannel.open(
                                directory.resolve("plain"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                while (at < PLAIN_BYTES) {
                    at += file.write(ByteBuffer.allocate(1 << 20), at);
                }
                file.force(true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void load() {
            try {
                at = at + buffer.capacity() > PLAIN_BYTES ? 0 : at;
                at += file.write(buffer.clear(), at);
                file.force(false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void append(Journal journal, int groups, int each, long from, Bytes payload) {
        for (int group = 0; group < groups; group++) {
            List<Entry> entries = new ArrayList<>(each);
            for (int i = 0; i < each; i++) {
                entries.add(new Entry(1, from + i, from + i, Entry.Kind.COMMAND, payload));
            }
            journal.append(new GroupId(group), null, entries);
        }
    }

    private static void host(Journal journal, int groups) {
        for (int group = 0; group < groups; group++) {
            Member member = member(group);
            journal.create(
                    new ReplicaRecord(new GroupId(group), member.replica(), List.of(member)));
        }
        journal.commit();
    }

    private static Member member(int group) {
        return new Member(new NodeId(1), new ReplicaId(group + 1));
    }

    private static JournalOptions options() {
        return JournalOptions.of(new ClusterId(1, 2), new NodeId(1));
    }

    private void clear() {
        try {
            Files.createDirectories(directory);
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    if (!file.equals(directory)) {
                        Files.delete(file);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
