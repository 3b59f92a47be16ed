package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.core.ReplicaRecord;
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
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What `quorate journal` says of a sound journal and of a damaged one.
class JournalCommandTest {
    private static final Member MEMBER = new Member(new NodeId(1), new ReplicaId(7));

    @TempDir private Path directory;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write() {
        JournalOptions options =
                JournalOptions.of(new ClusterId(1, 2), MEMBER.node())
                        .withSegments(1 << 20, 1 << 16);
        try (FileDisk disk = FileDisk.open(directory.resolve("journal"));
                Journal journal = Journal.open(disk, options)) {
            GroupId group = new GroupId(3);
            journal.create(new ReplicaRecord(group, MEMBER.replica(), List.of(MEMBER)));
            Entry entry = new Entry(1, 1, 1, Entry.Kind.COMMAND, Bytes.utf8("secret"));
            journal.append(group, null, List.of(entry));
            journal.commit();
        }
    }

    @Test
    void aSoundJournalIsWhole() {
        assertThat(run("journal", "verify", "--dir", directory.toString())).isZero();
        assertThat(out.toString()).contains("g3", "r7", "entries 1 to 1", "The journal is whole.");
    }

    @Test
    void damageIsNamedAndTheExitCodeSaysSo() throws IOException {
        Path segment = directory.resolve("journal").resolve("0000000000000001.segment");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[200] ^= 1;
        Files.write(segment, bytes);

        assertThat(run("journal", "verify", "-o", "json", "--dir", directory.toString()))
                .isEqualTo(3);
        assertThat(out.toString())
                .contains("\"sound\" : false", "0000000000000001.segment", "\"groups\" : [ 3 ]");
    }

    @Test
    void aDumpShowsRecordsAndNoContent() {
        assertThat(run("journal", "dump", "--dir", directory.toString())).isZero();
        assertThat(out.toString()).contains("g3 1/1 command of 6 bytes").doesNotContain("secret");
    }

    @Test
    void statsCountRecordsPerGroup() {
        assertThat(run("journal", "stats", "--dir", directory.toString())).isZero();
        assertThat(out.toString()).contains("0000000000000001.segment").containsPattern("g3 .* 2");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() {
        assertThat(run("journal", "verify", "--dir", directory.resolve("none").toString()))
                .isEqualTo(Main.FAILED);
        assertThat(err.toString()).contains("There is no directory");
    }

    private int run(String... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(args);
    }
}
