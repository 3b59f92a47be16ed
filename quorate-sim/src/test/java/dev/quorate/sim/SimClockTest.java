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
                            random.nextLong(-60_000, 60_001),
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
    void anotherSpeedCountsFromNowOn() {
        SimClock clock = new SimClock(0, 0, 0);
        clock.drift(1_000_000, 50_000);
        assertThat(clock.localNanos(3_000_000)).isEqualTo(3_100_000);
        assertThat(clock.simulatedNanos(3_100_000)).isEqualTo(3_000_000);
    }

    @Test
    void onlyTheWallClockOfASuspendedMachineRuns() {
        SimClock clock = new SimClock(0, 0, 0);
        long wall = clock.at(5_000).wallMicros();
        clock.hold(5_000);
        assertThat(clock.at(9_000).nanos()).isEqualTo(5_000);
        assertThat(clock.at(9_000).wallMicros()).isEqualTo(wall + 4);
        clock.release(9_000);
        assertThat(clock.localNanos(10_000)).isEqualTo(6_000);
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
