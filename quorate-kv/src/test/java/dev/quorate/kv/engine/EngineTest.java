package dev.quorate.kv.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.types.Bytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of [Engine], on both engines.
class EngineTest {
    @TempDir Path directory;

    enum Kind {
        MEMORY,
        ROCKS,
    }

    private Engine open(Kind kind) {
        return switch (kind) {
            case MEMORY -> new MemoryEngine();
            case ROCKS -> RocksEngine.open(directory);
        };
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreFoundAndSortedAsUnsignedBytes(Kind kind) {
        try (Engine engine = open(kind)) {
            // given
            WriteSet set = new WriteSet();
            for (int first : new int[] {0xff, 0x00, 0x7f, 0x80}) {
                set.put(bytes(first), bytes(first, 1));
            }
            set.put(bytes(0x7f, 0), Bytes.EMPTY);

            // when
            engine.write(set);

            // then
            List<Bytes> keys = new ArrayList<>();
            engine.scan(
                    bytes(0x00),
                    bytes(0xff),
                    (key, _) -> {
                        keys.add(key);
                        return true;
                    });
            assertThat(keys).containsExactly(bytes(0), bytes(0x7f), bytes(0x7f, 0), bytes(0x80));
            assertThat(engine.get(bytes(0xff))).isEqualTo(bytes(0xff, 1));
            assertThat(engine.get(bytes(0x7f, 0))).isEqualTo(Bytes.EMPTY);
            assertThat(engine.get(bytes(0x01))).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLastChangeOfARowCounts(Kind kind) {
        try (Engine engine = open(kind)) {
            WriteSet first = new WriteSet();
            first.put(bytes(1), bytes(1));
            first.put(bytes(2), bytes(2));
            engine.write(first);

            WriteSet second = new WriteSet();
            second.remove(bytes(1));
            second.put(bytes(1), bytes(9));
            second.put(bytes(2), bytes(9));
            second.remove(bytes(2));
            engine.write(second);

            assertThat(engine.get(bytes(1))).isEqualTo(bytes(9));
            assertThat(engine.get(bytes(2))).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aScanStopsWhenItsVisitorHasEnough(Kind kind) {
        try (Engine engine = open(kind)) {
            WriteSet set = new WriteSet();
            for (int i = 0; i < 10; i++) {
                set.put(bytes(i), Bytes.EMPTY);
            }
            engine.write(set);

            List<Bytes> keys = new ArrayList<>();
            engine.scan(
                    bytes(3),
                    bytes(8),
                    (key, _) -> {
                        keys.add(key);
                        return keys.size() < 2;
                    });

            assertThat(keys).containsExactly(bytes(3), bytes(4));
            engine.scan(bytes(8), bytes(3), (key, _) -> keys.add(key));
            assertThat(keys).as("an inverted range is empty").hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void writesAreNumberedAndFlushesOfOldOnesAreHarmless(Kind kind) {
        try (Engine engine = open(kind)) {
            assertThat(engine.lastWrite()).isZero();
            WriteSet set = new WriteSet();
            set.put(bytes(1), bytes(1));

            long first = engine.write(set);
            long second = engine.write(set);
            engine.flush(second);
            engine.flush(first);

            assertThat(first).isLessThan(second);
            assertThat(engine.lastWrite()).isEqualTo(second);
        }
    }

    private static Bytes bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return Bytes.wrap(bytes);
    }
}
