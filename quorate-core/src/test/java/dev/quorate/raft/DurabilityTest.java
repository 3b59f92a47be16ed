package dev.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Rule R1 against a model that remembers, for every index, which write wrote it last.
class DurabilityTest {
    private record Write(long ticket, long first, long last) {}

    @Test
    void durableIsExactlyWhatTheCompletedWritesWroteLast() {
        for (long seed = 1; seed <= 500; seed++) {
            agreesWithTheModel(seed);
        }
    }

    private static void agreesWithTheModel(long seed) {
        // given
        Random random = new Random(seed);
        Durability durability = new Durability(0);
        long[] writtenBy = new long[200];
        ArrayDeque<Write> underWay = new ArrayDeque<>();
        long last = 0;
        long ticket = 0;
        long done = 0;

        for (int step = 0; step < 100; step++) {
            // when entries are appended, a suffix replaced, or a write completes
            if (random.nextInt(3) == 0 && !underWay.isEmpty()) {
                done = underWay.removeFirst().ticket();
                durability.persisted(done);
            } else {
                long first = last + 1;
                if (random.nextInt(4) == 0 && last > 0) {
                    first = 1 + random.nextLong(last);
                    durability.truncated(first);
                }
                last = Math.min(first + random.nextInt(4), writtenBy.length - 1);
                ticket++;
                for (long index = first; index <= last; index++) {
                    writtenBy[(int) index] = ticket;
                }
                durability.writing(ticket, last);
                underWay.add(new Write(ticket, first, last));
            }

            // then
            long expected = 0;
            while (expected < last && writtenBy[(int) expected + 1] <= done) {
                expected++;
            }
            assertThat(durability.durableIndex())
                    .as("seed=%d step=%d", seed, step)
                    .isEqualTo(expected);
        }
    }
}
