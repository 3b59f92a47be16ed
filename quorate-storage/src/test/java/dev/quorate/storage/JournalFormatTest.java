package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The bytes are those that `docs/formats/journal.md` shows: what one version wrote, all later ones
/// must read.
class JournalFormatTest {
    private static final GroupId G1 = new GroupId(1);
    private static final Path PAGE = Path.of("../docs/formats/journal.md");

    @Test
    void theBytesAreThoseOfTheDocument() throws IOException {
        CrashDisk disk = new CrashDisk();
        writeExample(disk);
        int end = (int) JournalReport.of(disk).segments().getLast().endBytes();
        byte[] written = Arrays.copyOf(disk.bytes(Segment.fileName(1)), end);

        assertThat(lines(written)).isEqualTo(documented());
    }

    @Test
    void theBytesOfTheDocumentAreRead() throws IOException {
        // given a segment as the document shows it
        byte[] bytes = HexFormat.of().parseHex(documented().replaceAll("\\s", ""));
        CrashDisk disk = new CrashDisk();
        disk.replace(Segment.fileName(1), Arrays.copyOf(bytes, 4096));

        // when
        List<JournalRecord> records = new ArrayList<>();
        JournalReport.dump(disk, line -> records.add(line.record()));

        // then
        assertThat(records)
                .containsExactly(
                        new JournalRecord.Batch(1, Segment.HEADER_BYTES),
                        new JournalRecord.ReplicaCreated(
                                Model.replica(1), JournalRecord.Before.VOID),
                        new JournalRecord.HardStateSet(G1, new HardState(2, new ReplicaId(8), 0)),
                        new JournalRecord.EntryAppended(G1, Model.entry(2, 1, "hi")),
                        new JournalRecord.LogBegins(
                                G1,
                                JournalRecord.Beginning.COMPACTED,
                                new LogPosition(2, 1),
                                1000,
                                Model.configuration(201)));
        assertThat(Journal.open(disk, Model.options()).recovered()).hasSize(1);
    }

    private static void writeExample(CrashDisk disk) {
        Journal journal = Journal.open(disk, Model.options());
        journal.create(Model.replica(1));
        journal.append(G1, new HardState(2, new ReplicaId(8), 0), List.of(Model.entry(2, 1, "hi")));
        journal.compact(G1, 1, 2, Model.configuration(201));
        journal.commit();
    }

    private static String documented() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf("```hex\n") + 7;
        return page.substring(from, page.indexOf("\n```", from));
    }

    private static String lines(byte[] bytes) {
        List<String> lines = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += 8) {
            lines.add(HexFormat.ofDelimiter(" ").formatHex(bytes, at, at + 8));
        }
        List<String> wide = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += 4) {
            wide.add(String.join("  ", lines.subList(i, Math.min(i + 4, lines.size()))));
        }
        return String.join("\n", wide);
    }
}
