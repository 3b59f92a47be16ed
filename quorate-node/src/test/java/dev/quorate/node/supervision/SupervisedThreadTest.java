package dev.quorate.node.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.node.supervision.SupervisedThread.Backoff;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SupervisedThreadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Backoff SHORT =
            new Backoff(Duration.ofNanos(1), Duration.ofNanos(8), Duration.ofHours(1));

    @Test
    void workThatFailsIsBegunAnew() {
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        SupervisedThread thread =
                new SupervisedThread(
                        "worker",
                        SHORT,
                        () -> {
                            if (begun.incrementAndGet() <= 5) {
                                throw new IllegalStateException("not yet");
                            }
                            end.await();
                        });

        thread.start();
        await().atMost(PATIENCE).until(() -> begun.get() == 6 && thread.trouble().isEmpty());
        end.countDown();
        thread.join();

        assertThat(thread.restarts()).isEqualTo(5);
        assertThat(begun).hasValue(6);
    }

    @Test
    void aLongPauseEndsWhenTheThreadIsStopped() {
        SupervisedThread thread =
                new SupervisedThread(
                        "worker",
                        new Backoff(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1)),
                        () -> {
                            throw new IllegalStateException("never");
                        });

        thread.start();
        await().atMost(PATIENCE).until(() -> thread.restarts() == 1);
        await().atMost(PATIENCE).until(() -> thread.trouble().contains("never"));
        thread.join();
    }

    @Test
    void pausesDoubleUpToTheirLimit() {
        Backoff backoff =
                new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofMinutes(1));

        assertThat(backoff.nanos(1)).isZero();
        assertThat(backoff.nanos(2)).isEqualTo(100_000_000);
        assertThat(backoff.nanos(3)).isEqualTo(200_000_000);
        assertThat(backoff.nanos(6)).isEqualTo(1_000_000_000);
        assertThat(backoff.nanos(Integer.MAX_VALUE)).isEqualTo(1_000_000_000);
    }
}
