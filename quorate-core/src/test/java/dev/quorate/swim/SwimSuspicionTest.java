package dev.quorate.swim;

import static dev.quorate.swim.SwimDriver.N1;
import static dev.quorate.swim.SwimDriver.N2;
import static dev.quorate.swim.SwimDriver.N3;
import static dev.quorate.swim.SwimDriver.N4;
import static dev.quorate.swim.SwimDriver.N5;
import static dev.quorate.swim.SwimDriver.alive;
import static dev.quorate.swim.SwimDriver.incarnation;
import static dev.quorate.swim.SwimDriver.sequence;
import static dev.quorate.swim.SwimDriver.suspect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.swim.SwimConfig.Lifeguard;
import dev.quorate.swim.SwimEffect.RaiseIncarnation;
import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.swim.SwimMessage.Nack;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Suspicion (SWIM, "Suspicion Mechanism") and what Lifeguard adds to it: local health, decay by
/// confirmations, buddy system.
class SwimSuspicionTest {
    private static final SwimConfig PLAIN =
            new SwimConfig(
                    SwimConfig.DEFAULT.timing(),
                    SwimConfig.DEFAULT.suspicion(),
                    SwimConfig.DEFAULT.limits(),
                    Lifeguard.OFF);

    @Test
    void theTimeoutFallsFromTheMaximumToTheMinimumAsAccusersAreHeard() {
        assertThat(Suspicion.timeoutNanos(0, 3, 1_000, 6_000)).isEqualTo(6_000);
        assertThat(Suspicion.timeoutNanos(1, 3, 1_000, 6_000)).isEqualTo(3_500);
        assertThat(Suspicion.timeoutNanos(2, 3, 1_000, 6_000)).isBetween(2_000L, 2_050L);
        assertThat(Suspicion.timeoutNanos(3, 3, 1_000, 6_000)).isEqualTo(1_000);
        assertThat(Suspicion.timeoutNanos(0, 0, 1_000, 6_000)).isEqualTo(1_000);
    }

    @Test
    void onlyIndependentAccusersCountAndOnlyTheFirstFew() {
        Suspicion suspicion = new Suspicion(0, N2, 2, 1_000, 6_000);

        assertThat(suspicion.confirm(N2)).isFalse();
        assertThat(suspicion.confirm(N3)).isTrue();
        assertThat(suspicion.confirm(N3)).isFalse();
        assertThat(suspicion.confirm(N4)).isTrue();
        assertThat(suspicion.confirm(N5)).isFalse();
        assertThat(suspicion.deadlineNanos()).isEqualTo(1_000);
    }

    @Test
    void crossedBoundsAreRefused() {
        assertThatThrownBy(() -> new Suspicion(0, N2, 1, 2, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whoeverHearsOfASuspicionArmsItsOwnTimer() {
        SwimDriver driver = SwimDriver.settled(5, PLAIN);

        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));
        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.SUSPECT);
        driver.run(Duration.ofSeconds(1));

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.DEAD);
    }

    @Test
    void aDefenceCancelsTheTimer() {
        SwimDriver driver = SwimDriver.settled(5, PLAIN);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));

        driver.answerFor(Duration.ofMillis(900));
        driver.hear(N2, new Gossip(), alive(N3, 1));
        driver.answerFor(Duration.ofSeconds(5));

        assertThat(driver.transitions())
                .extracting(Transition::after)
                .containsExactly(Liveness.SUSPECT, Liveness.ALIVE);
    }

    @Test
    void aDefenceOfTheSuspectedIncarnationIsNone() {
        SwimDriver driver = SwimDriver.settled(5, PLAIN);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));

        driver.hear(N2, new Gossip(), alive(N3, 0));

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.SUSPECT);
    }

    @Test
    void aNewerAccusationStartsTheTimerAnew() {
        SwimDriver driver = SwimDriver.settled(5, PLAIN);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));
        driver.run(Duration.ofMillis(900));

        driver.hear(N2, new Gossip(), suspect(N3, 1, N2));
        driver.run(Duration.ofMillis(900));

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.SUSPECT);
    }

    @Test
    void theAccusedRefutesWithAHigherIncarnationAndSaysSo() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new Ping(9), suspect(N1, 0, N3));

        assertThat(driver.effects).contains(new RaiseIncarnation(incarnation(1)));
        SwimPacket answer = driver.sentTo(N2).getFirst();
        assertThat(answer.incarnation()).isEqualTo(incarnation(1));
        assertThat(answer.rumours()).contains(alive(N1, 1));
    }

    @Test
    void anOldAccusationIsNotRefutedTwice() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new Gossip(), suspect(N1, 0, N3));
        driver.hear(N3, new Gossip(), suspect(N1, 0, N2));

        assertThat(driver.swim.incarnation()).isEqualTo(incarnation(1));
    }

    @Test
    void whatIsSaidOfALaterLifeIsToppedToo() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new Gossip(), new Rumour(N1, Liveness.DEAD, new Incarnation(7, 3), N2));

        assertThat(driver.swim.incarnation()).isEqualTo(new Incarnation(7, 4));
    }

    @Test
    void theBuddyTellsTheSuspectFirst() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));

        // long after the rumour itself was told often enough
        driver.answerFor(Duration.ofSeconds(3));
        driver.effects.clear();

        driver.hear(N3, new Ping(4));

        assertThat(driver.sentTo(N3).getLast().rumours().getFirst()).isEqualTo(suspect(N3, 0, N2));
    }

    @Test
    void theDeadIsToldEvenInPlainSwim() {
        SwimDriver driver = SwimDriver.settled(5, PLAIN);
        driver.hear(N2, new Gossip(), new Rumour(N3, Liveness.DEAD, incarnation(0), N2));

        driver.hear(N3, new Ping(4));

        assertThat(driver.sentTo(N3).getLast().rumours())
                .contains(new Rumour(N3, Liveness.DEAD, incarnation(0), N2));
    }

    @Test
    void aDeadMemberIsLookedAtNowAndThen() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), new Rumour(N3, Liveness.DEAD, incarnation(0), N2));
        driver.effects.clear();

        driver.answerFor(Duration.ofSeconds(11));

        assertThat(driver.sentTo(N3).stream().filter(p -> p.message() instanceof Ping))
                .isNotEmpty();
    }

    @Test
    void missedNacksMakeTheNodeDoubtItselfAndReceivedOnesDoNot() {
        SwimDriver silent = SwimDriver.settled(3, SwimConfig.DEFAULT);
        silent.nextPing();
        silent.run(Duration.ofMillis(500));
        assertThat(silent.swim.view().localHealth()).isEqualTo(1);

        SwimDriver helped = SwimDriver.settled(3, SwimConfig.DEFAULT);
        SwimPacket ping = helped.nextPing();
        NodeId helper = ping.to().equals(N2) ? N3 : N2;
        helped.run(Duration.ofMillis(400));
        helped.hear(helper, new Nack(sequence(ping)));
        helped.run(Duration.ofMillis(100));
        assertThat(helped.swim.view().counters().probesFailed()).isEqualTo(1);
        assertThat(helped.swim.view().localHealth()).isZero();
    }

    @Test
    void aNodeThatDoubtsItselfProbesMoreSlowlyAndRecovers() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), suspect(N1, 0, N3));
        assertThat(driver.swim.view().localHealth()).isEqualTo(1);

        driver.answerFor(Duration.ofSeconds(3));

        assertThat(driver.swim.view().localHealth()).isZero();
    }

    @Test
    void localHealthIsBounded() {
        LocalHealth health = new LocalHealth(8);
        health.worsen(100);
        assertThat(health.score()).isEqualTo(8);
        assertThat(health.stretch(10)).isEqualTo(90);
        for (int i = 0; i < 20; i++) {
            health.improve();
        }
        assertThat(health.stretch(10)).isEqualTo(10);
    }

    @Test
    void aProcessThatStoodStillBlamesNobodyForThatTime() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));

        driver.sleep(Duration.ofSeconds(60));
        driver.step(new SwimInput.Wakeup());

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.SUSPECT);
        assertThat(driver.swim.view().counters().stalls()).isEqualTo(1);
        driver.hear(N3, incarnation(1), new Gossip());
        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.ALIVE);
    }

    @Test
    void plainSwimConvictsAfterAStall() {
        SwimDriver driver = SwimDriver.settled(5, PLAIN);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));

        driver.sleep(Duration.ofSeconds(60));
        driver.step(new SwimInput.Wakeup());

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.DEAD);
    }

    @Test
    void aNodeThatHearsNobodyBlamesItselfForAWhile() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);

        driver.run(Duration.ofSeconds(14));
        assertThat(driver.transitions()).isEmpty();

        driver.run(Duration.ofMinutes(5));
        assertThat(driver.swim.view().members())
                .allMatch(status -> status.state() == Liveness.DEAD);
    }

    @Test
    void whatADeafNodeConcludesItTellsNobodyAndTakesBack() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);
        driver.run(Duration.ofMinutes(5));
        assertThat(driver.sent())
                .allMatch(packet ->
                        packet.rumours().stream()
                                .allMatch(rumour -> rumour.about().equals(packet.to())));

        driver.hear(N2, new Gossip());

        assertThat(driver.swim.view().members())
                .allMatch(status -> status.state() == Liveness.ALIVE);
    }

    @Test
    void whatOthersSaidBeforeTheSilenceIsNotTakenBack() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), new Rumour(N3, Liveness.DEAD, incarnation(0), N2));
        driver.run(Duration.ofMinutes(5));

        driver.hear(N2, new Gossip());

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.DEAD);
        assertThat(driver.swim.livenessOf(N4)).isEqualTo(Liveness.ALIVE);
    }

    @Test
    void theSameWordFromTwoAccusersIsToldOn() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));
        driver.answerFor(Duration.ofSeconds(2));
        driver.effects.clear();

        driver.hear(N4, new Gossip(), suspect(N3, 0, N4));
        driver.answerFor(Duration.ofMillis(300));

        List<Rumour> told =
                driver.sent().stream().flatMap(packet -> packet.rumours().stream()).toList();
        assertThat(told).contains(suspect(N3, 0, N4));
    }
}
