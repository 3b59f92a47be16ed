package dev.quorate.kv.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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

    @ParameterizedTest
    @EnumSource
    void aViewShowsTheRowsOfItsMomentWhateverIsWrittenLater(Kind kind) {
        try (Engine engine = open(kind)) {
            // given
            WriteSet set = new WriteSet();
            set.put(bytes(1), bytes(1));
            set.put(bytes(2), bytes(1));
            engine.write(set);

            // when much is written while a view is open, and another view is opened in between
            try (Engine.View first = engine.view()) {
                overwrite(engine, 2);
                engine.removeRange(bytes(1), bytes(2));
                try (Engine.View second = engine.view()) {
                    overwrite(engine, 9);
                    // then
                    assertThat(rows(first::scan)).isEqualTo("1=1 2=1 ");
                    assertThat(rows(second::scan)).isEqualTo("2=2 3=2 ");
                }
                assertThat(rows(first::scan)).isEqualTo("1=1 2=1 ");
            }
            assertThat(rows(engine::scan)).isEqualTo("1=9 2=9 3=9 ");
        }
    }

    private static void overwrite(Engine engine, int value) {
        for (int i = 0; i <= value; i++) {
            WriteSet set = new WriteSet();
            for (int key = 1; key <= 3; key++) {
                set.put(bytes(key), bytes(i));
            }
            engine.write(set);
        }
    }

    @Test
    void rowsThatNobodyCanSeeAnyMoreAreNotKept() {
        try (MemoryEngine engine = new MemoryEngine()) {
            try (Engine.View first = engine.view()) {
                overwrite(engine, 50);
                engine.view().close();
                engine.removeRange(bytes(0), bytes(9));
                assertThat(rows(first::scan)).isEmpty();
            }
            assertThat(engine.rowsHeld()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRangeIsRemovedAndNothingBesideIt(Kind kind) {
        try (Engine engine = open(kind)) {
            overwrite(engine, 5);

            long number = engine.removeRange(bytes(2), bytes(3));
            engine.flush(number);

            assertThat(rows(engine::scan)).isEqualTo("1=5 3=5 ");
            assertThat(engine.get(bytes(2))).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyRowsAreLoadedAtOnceAlsoWhereARangeWasRemoved(Kind kind) {
        try (Engine engine = open(kind)) {
            overwrite(engine, 5);
            engine.removeRange(bytes(1), bytes(9));

            try (Engine.Load load = engine.load()) {
                for (int key = 2; key <= 5; key++) {
                    load.add(bytes(key), bytes(7));
                }
                assertThatThrownBy(() -> load.add(bytes(5), bytes(7)))
                        .isInstanceOf(IllegalArgumentException.class);
                load.finish();
            }
            try (Engine.Load nothing = engine.load()) {
                nothing.finish();
            }

            assertThat(rows(engine::scan)).isEqualTo("2=7 3=7 4=7 5=7 ");
            assertThat(engine.get(bytes(4))).isEqualTo(bytes(7));
        }
    }

    @Test
    void whatWasLoadedIsFoundAgainAndWhatWasBegunIsClearedAway() throws IOException {
        try (Engine engine = RocksEngine.open(directory)) {
            try (Engine.Load load = engine.load()) {
                load.add(bytes(2), bytes(7));
                load.finish();
            }
            Engine.Load begun = engine.load();
            begun.add(bytes(3), bytes(7));
        }
        try (Engine engine = RocksEngine.open(directory)) {
            assertThat(rows(engine::scan)).isEqualTo("2=7 ");
            try (Stream<Path> left = Files.list(directory.resolve("loads"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    private interface Scan {
        void run(Bytes from, Bytes to, Engine.Visitor visitor);
    }

    private static String rows(Scan scan) {
        StringBuilder rows = new StringBuilder();
        scan.run(
                bytes(0),
                bytes(0xff),
                (key, value) -> {
                    rows.append(key.at(0)).append('=').append(value.at(0)).append(' ');
                    return true;
                });
        return rows.toString();
    }

    private static Bytes bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return Bytes.wrap(bytes);
    }
}
