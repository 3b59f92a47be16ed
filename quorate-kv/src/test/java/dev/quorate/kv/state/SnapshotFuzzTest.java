package dev.quorate.kv.state;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.fuzz.Fuzzing;
import dev.quorate.types.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Snapshots of somebody else, and the memory engine's file.
class SnapshotFuzzTest {
    @Test
    void snapshotsAreReadOrRefusedWhateverTheyHold() throws Exception {
        Fuzzing.fuzz(new Snapshot());
    }

    private static final class Snapshot implements FuzzTarget {
        @Override
        public String name() {
            return "KV_SNAPSHOT";
        }

        @Override
        public String run(byte[] input) {
            ByteArrayInputStream in = new ByteArrayInputStream(input);
            SnapshotRows.Reading rows = new SnapshotRows.Reading(in::read);
            int count = 0;
            while (rows.next() != null) {
                count++;
            }
            return count > 1 ? "rows" : "no rows";
        }

        @Override
        public List<byte[]> seeds() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            SnapshotRows.Writing rows = new SnapshotRows.Writing(out::write);
            for (int i = 0; i < 5; i++) {
                rows.row(Bytes.utf8("key" + i), Bytes.utf8("value".repeat(i)));
            }
            rows.end();
            ByteArrayOutputStream none = new ByteArrayOutputStream();
            new SnapshotRows.Writing(none::write).end();
            return List.of(out.toByteArray(), none.toByteArray());
        }

        @Override
        public boolean refuses(Throwable thrown) {
            return thrown instanceof IllegalStateException;
        }

        @Override
        public long allocationMax(int inputBytes) {
            return (256L << 10) + 64L * inputBytes;
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
