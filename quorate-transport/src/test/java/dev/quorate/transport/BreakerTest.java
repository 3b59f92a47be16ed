package dev.quorate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// When a peer counts as unreachable, and how often it is tried then.
class BreakerTest {
    private static final long MIN = 100;
    private static final long MAX = 1_000;

    private final Breaker breaker = new Breaker(MIN, MAX, new SplittableRandom(1));

    @Test
    void faultsInARowOpenItAndPausesGrowWithJitter() {
        assertThat(breaker.faulted()).isBetween(MIN / 2, MIN);
        assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
        assertThat(breaker.faulted()).isBetween(MIN, 2 * MIN);
        assertThat(breaker.faulted()).isBetween(2 * MIN, 4 * MIN);
        assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
        for (int i = 0; i < 100; i++) {
            assertThat(breaker.faulted()).isBetween(MAX / 2 - MAX / 8, MAX);
        }
    }

    @Test
    void oneProbeGoesThroughAndDecides() {
        open();

        breaker.attempted();
        assertThat(breaker.state()).isEqualTo(Breaker.State.PROBING);
        assertThat(breaker.faulted()).isPositive();
        assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);

        breaker.attempted();
        breaker.succeeded();
        assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
        assertThat(breaker.faulted()).isBetween(MIN / 2, MIN);
    }

    @Test
    void refusalsAreNoFaultOfTheLink() {
        for (int i = 0; i < 10; i++) {
            assertThat(breaker.refused()).isBetween(MIN / 2, MAX);
            assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
        }
        // whoever refuses was reached
        open();
        breaker.attempted();
        assertThat(breaker.refused()).isPositive();
        assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
    }

    private void open() {
        for (int i = 0; i < Breaker.FAULTS_MAX; i++) {
            assertThat(breaker.faulted()).isPositive();
        }
        assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
    }
}
