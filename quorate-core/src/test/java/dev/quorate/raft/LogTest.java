package dev.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The log against a plain list that forgets nothing.
class LogTest {
    @Test
    void agreesWithAPlainListWhateverIsAppendedTruncatedEvictedOrCompacted() {
        for (long seed = 1; seed <= 300; seed++) {
            agreesWithTheModel(seed);
        }
    }

    private static void agreesWithTheModel(long seed) {
        Random random = new Random(seed);
        Log log = new Log(Restored.NOTHING);
        List<Entry> model = new ArrayList<>();
        long compacted = 0;
        long term = 1;
        for (int step = 0; step < 200; step++) {
            switch (random.nextInt(8)) {
                case 0 -> term += random.nextInt(3);
                case 1 -> {
                    if (model.size() > compacted) {
                        long from = compacted + 1 + random.nextLong(model.size() - compacted);
                        log.truncateFrom(from);
                        model.subList((int) from - 1, model.size()).clear();
                        term++;
                        append(log, model, term, random);
                    }
                }
                case 2 -> log.evict(random.nextLong(model.size() + 1L), random.nextInt(500));
                case 3 -> {
                    if (model.size() > compacted + 1) {
                        compacted += random.nextLong(model.size() - 1 - compacted);
                        if (compacted > log.compacted().index()) {
                            log.compact(compacted);
                        }
                    }
                }
                default -> append(log, model, term, random);
            }
            check(seed, log, model, compacted);
        }
    }

    private static void append(Log log, List<Entry> model, long term, Random random) {
        Bytes payload = Bytes.wrap(new byte[random.nextInt(40)]);
        long index = model.size() + 1L;
        Entry entry = new Entry(term, index, index * 7, Entry.Kind.COMMAND, payload);
        log.append(entry);
        model.add(entry);
    }

    private static void check(long seed, Log log, List<Entry> model, long compacted) {
        String where = "seed=" + seed;
        assertThat(log.lastIndex()).as(where).isEqualTo(model.size());
        for (long index = Math.max(1, compacted); index <= model.size(); index++) {
            Entry expected = model.get((int) index - 1);
            assertThat(log.termAt(index)).as(where).isEqualTo(expected.term());
            assertThat(log.contains(expected.position())).as(where).isTrue();
            assertThat(log.contains(new LogPosition(expected.term() + 1, index))).isFalse();
        }
        long bytes = 0;
        for (long index = model.size(); index >= log.cachedFrom(); index--) {
            assertThat(log.bytesAfter(index)).as(where).isEqualTo(bytes);
            bytes += model.get((int) index - 1).sizeBytes();
        }
        if (log.cachedFrom() <= log.lastIndex()) {
            assertThat(log.slice(log.cachedFrom(), log.lastIndex(), Integer.MAX_VALUE))
                    .as(where)
                    .isEqualTo(model.subList((int) log.cachedFrom() - 1, model.size()));
            assertThat(log.slice(log.cachedFrom(), log.lastIndex(), 1)).as(where).hasSize(1);
        }
    }

    @Test
    void aHoleIsABrokenInvariant() {
        // given
        Log log = new Log(Restored.NOTHING);

        // then
        assertThatThrownBy(() -> log.append(new Entry(1, 2, 1, Entry.Kind.COMMAND, Bytes.EMPTY)))
                .isInstanceOf(InvariantBroken.class);
    }
}
