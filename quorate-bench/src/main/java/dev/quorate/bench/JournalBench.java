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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
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
    private static final int ROUNDS = 5;
    private static final int MANY_GROUPS = 1024;
    private static final int COMPACT_EVERY = 64;

    @Option(names = "--dir", defaultValue = ".quorate/journal-bench", description = "Where.")
    private Path directory = Path.of(".quorate", "journal-bench");

    @Option(names = "--batch", defaultValue = "1024", description = "Entries per force.")
    private int batch = MANY_GROUPS;

    @Option(names = "--value", defaultValue = "128", description = "Bytes per entry.")
    private int valueBytes = 128;

    @Option(names = "--batches", defaultValue = "400", description = "Forces per round.")
    private int batches = 400;

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
        try (Subject one = new Subject("one", 1);
                Subject many = new Subject("many", manyGroups())) {
            for (int round = 0; round < ROUNDS; round++) {
                double raw = rawPerSecond();
                double single = one.perSecond();
                double all = many.perSecond();
                say(
                        ("%s plain file %,.0f/s; journal with 1 group %,.0f/s (%.0f %%),"
                                        + " with %d groups %,.0f/s (%.0f %% of one)")
                                .formatted(
                                        round == 0 ? "warm-up:" : "entries:",
                                        raw,
                                        single,
                                        100 * single / raw,
                                        manyGroups(),
                                        all,
                                        100 * all / single));
            }
        }
        replay();
        clear();
        return 0;
    }

    /// A journal under load.
    private final class Subject implements AutoCloseable {
        private final FileDisk disk;
        private final Journal journal;
        private final int groups;
        private final Bytes payload = Bytes.wrap(new byte[valueBytes]);
        private long next = 1;

        Subject(String name, int groups) {
            this.groups = groups;
            disk = FileDisk.open(directory.resolve(name));
            journal = Journal.open(disk, options());
            host(journal, groups);
            journal.idle();
        }

        double perSecond() {
            long started = System.nanoTime();
            for (int i = 0; i < batches; i++) {
                append(journal, groups, batch / groups, next, payload);
                next += batch / groups;
                if (i % COMPACT_EVERY == COMPACT_EVERY - 1) {
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
            return batches * (double) batch * 1e9 / (System.nanoTime() - started);
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

    /// Writes and forces as many bytes per batch as the journal does.
    private double rawPerSecond() {
        int bytes = batch * (24 + 24 + (valueBytes + 7 & ~7)) + 40;
        Path path = directory.resolve("plain");
        long room = 64L << 20;
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
            for (long at = file.size(); at < room; ) {
                at += file.write(ByteBuffer.allocate(1 << 20), at);
            }
            file.force(true);
            long at = 0;
            long started = System.nanoTime();
            for (int i = 0; i < batches; i++) {
                at = at + bytes > room ? 0 : at;
                file.write(buffer.clear(), at);
                file.force(false);
                at += bytes;
            }
            return batches * (double) batch * 1e9 / (System.nanoTime() - started);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
