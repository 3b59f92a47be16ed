package dev.quorate.storage;

import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How fast the journal is on real files; no part of the build, because its name is not a test's.
/// Run it with `-Dtest=JournalSpeed`, and with `-Djava.io.tmpdir` on the disk in question.
class JournalSpeed {
    private static final int GROUPS = 16;
    private static final int ENTRIES_PER_COMMIT = 256;
    private static final int COMMITS = 4000;

    @TempDir private Path directory;

    @Test
    void entriesPerSecond() {
        Bytes payload = Bytes.copyOf(new byte[128]);
        try (FileDisk disk = FileDisk.open(directory);
                Journal journal =
                        Journal.open(disk, JournalOptions.of(Model.CLUSTER, Model.NODE))) {
            for (int group = 0; group < GROUPS; group++) {
                journal.create(Model.replica(group));
            }
            journal.commit();
            journal.idle();
            for (int round = 0; round < 5; round++) {
                System.getLogger("journal").log(Level.INFO, round(journal, payload, round));
            }
        }
    }

    private static String round(Journal journal, Bytes payload, int round) {
        int perGroup = ENTRIES_PER_COMMIT / GROUPS;
        long next = (long) round * COMMITS * perGroup + 1;
        long started = System.nanoTime();
        for (int i = 0; i < COMMITS; i++, next += perGroup) {
            for (int group = 0; group < GROUPS; group++) {
                List<Entry> entries = new ArrayList<>(perGroup);
                for (int k = 0; k < perGroup; k++) {
                    entries.add(new Entry(1, next + k, next + k, Entry.Kind.COMMAND, payload));
                }
                journal.append(new GroupId(group), null, entries);
                if (next > 1000 && i % 100 == 0) {
                    journal.compact(new GroupId(group), next - 1000, 1, Model.configuration(1));
                }
            }
            journal.commit();
        }
        long elapsed = System.nanoTime() - started;
        return "%,d entries/s, %,d µs per commit"
                .formatted(
                        (long) COMMITS * ENTRIES_PER_COMMIT * 1_000_000_000L / elapsed,
                        elapsed / COMMITS / 1000);
    }
}
