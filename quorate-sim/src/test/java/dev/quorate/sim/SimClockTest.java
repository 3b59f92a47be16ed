package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// A node's clock against simulated time.
class SimClockTest {
    @Test
    void simulatedTimeIsTheFirstThatShowsTheLocalTime() {
        for (long seed = 1; seed <= 1_000; seed++) {
            Prng random = new Prng(seed);
            SimClock clock =
                    new SimClock(
                            random.nextLong(-1_000_000_000_000L, 1_000_000_000_000L),
                            random.nextLong(-200, 201),
                            0);
            long now = random.nextLong(1, 3_600_000_000_000L);
            long local = clock.localNanos(now) + random.nextLong(1_000_000);

            long simulated = clock.simulatedNanos(local);

            assertThat(clock.localNanos(simulated))
                    .as("seed %d", seed)
                    .isGreaterThanOrEqualTo(local);
            assertThat(clock.localNanos(simulated) - local).as("seed %d", seed).isLessThan(3);
        }
    }

    @Test
    void onlyTheWallClockJumps() {
        SimClock clock = new SimClock(-5, 0, 0);
        long wall = clock.at(1_000).wallMicros();
        clock.jump(-70);
        assertThat(clock.at(1_000).wallMicros()).isEqualTo(wall - 70);
        assertThat(clock.at(1_000).nanos()).isEqualTo(995);
    }
}
