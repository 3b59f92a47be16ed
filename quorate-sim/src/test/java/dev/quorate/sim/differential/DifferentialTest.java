package dev.quorate.sim.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Ours and MicroRaft in the same weather. Each client writes one command after the other, so each
/// client's commands have one possible order, whoever was elected in between; and each command is
/// tried until it is acknowledged, so all are committed. How the clients interleave is free.
///
/// System properties: `differential.seeds` (how many, 50), `differential.seed` (the first, 1).
class DifferentialTest {
    private static final long FIRST = Long.getLong("differential.seed", 1);
    private static final long COUNT = Long.getLong("differential.seeds", 50);

    @TestFactory
    Stream<DynamicTest> bothCommitTheSame() {
        return LongStream.range(FIRST, FIRST + COUNT)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed=" + seed, () -> compare(seed)));
    }

    private static void compare(long seed) {
        // given
        Weather weather = Weather.drawn(seed);

        // when
        Run.Outcome ours = Run.of(weather, OurGroup::new);
        Run.Outcome theirs = Run.of(weather, MicroRaftGroup::new);

        // then
        assertThat(ours.committed()).containsExactlyInAnyOrderElementsOf(theirs.committed());
        for (int client = 0; client < Run.CLIENTS; client++) {
            assertThat(ours.of(client)).isEqualTo(theirs.of(client));
        }
    }
}
