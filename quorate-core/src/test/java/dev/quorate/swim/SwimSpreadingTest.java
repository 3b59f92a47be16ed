package dev.quorate.swim;

import static dev.quorate.swim.SwimDriver.N1;
import static dev.quorate.swim.SwimDriver.N2;
import static dev.quorate.swim.SwimDriver.N3;
import static dev.quorate.swim.SwimDriver.alive;
import static dev.quorate.swim.SwimDriver.incarnation;
import static dev.quorate.swim.SwimDriver.members;
import static dev.quorate.swim.SwimDriver.suspect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.SwimEffect.LeaveCompleted;
import dev.quorate.swim.SwimInput.Leave;
import dev.quorate.swim.SwimInput.MembersChanged;
import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.swim.SwimMessage.Sync;
import dev.quorate.swim.SwimMessage.SyncReply;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// How news travels (SWIM, "Infection-Style Dissemination Component"), comparisons, goodbyes.
class SwimSpreadingTest {
    @Test
    void aRumourIsToldLambdaLogNTimes() {
        SwimDriver driver = SwimDriver.settled(7, SwimConfig.DEFAULT);

        driver.hear(N2, new Gossip(), alive(N3, 1));
        driver.answerFor(Duration.ofSeconds(30));

        // λ = 3, log2(7 + 1) = 3
        assertThat(told(driver, alive(N3, 1))).isEqualTo(9);
    }

    private static long told(SwimDriver driver, Rumour rumour) {
        return driver.sent().stream().filter(packet -> packet.rumours().contains(rumour)).count();
    }

    @Test
    void theLeastToldComesFirstAndTheNewestAmongEquals() {
        Rumours rumours = new Rumours();
        rumours.add(alive(N1, 1));
        rumours.add(alive(N2, 1));
        rumours.add(alive(N3, 1));

        assertThat(rumours.take(2, 9, null)).containsExactly(alive(N3, 1), alive(N2, 1));
        assertThat(rumours.take(2, 9, null)).containsExactly(alive(N1, 1), alive(N3, 1));
    }

    @Test
    void aNewRumourReplacesTheOldAboutTheSameMember() {
        Rumours rumours = new Rumours();
        rumours.add(suspect(N2, 0, N1));
        rumours.add(alive(N2, 1));

        assertThat(rumours.take(9, 1, null)).containsExactly(alive(N2, 1));
        assertThat(rumours.isEmpty()).isTrue();
    }

    @Test
    void packetsKeepToTheirLengthHoweverMuchThereIsToTell() {
        SwimDriver driver = SwimDriver.settled(300, SwimConfig.DEFAULT);
        for (long node = 2; node <= 300; node++) {
            driver.hear(N2, new Gossip(), alive(new NodeId(node), 1));
        }
        driver.hear(N2, new Sync(0, Long.MAX_VALUE, List.of()));
        driver.answerFor(Duration.ofSeconds(40));

        int limit = SwimConfig.DEFAULT.limits().packetBytes();
        assertThat(driver.sent()).allMatch(packet -> packet.bytes() <= limit);
        assertThat(driver.sent()).anyMatch(packet -> packet.bytes() > limit - Rumour.BYTES);
    }

    @Test
    void aComparisonIsAnsweredWithWhatIsNewerAndNothingElse() {
        SwimDriver driver = SwimDriver.settled(4, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), alive(N3, 4));

        driver.hear(N2, new Sync(0, 3, List.of(alive(N1, 0), alive(N2, 0), suspect(N3, 0, N2))));

        List<SwimPacket> replies =
                driver.sentTo(N2).stream()
                        .filter(packet -> packet.message() instanceof SyncReply)
                        .toList();
        assertThat(replies)
                .extracting(SwimPacket::message)
                .containsExactly(new SyncReply(List.of(alive(N3, 4))));
    }

    @Test
    void aComparisonTeachesToo() {
        SwimDriver driver = SwimDriver.settled(4, SwimConfig.DEFAULT);

        driver.hear(N2, new Sync(0, Long.MAX_VALUE, List.of(alive(N3, 6))));
        driver.hear(N2, new SyncReply(List.of(suspect(N3, 6, N2))));

        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.SUSPECT);
    }

    @Test
    void aWholeViewIsComparedInAsManyPacketsAsItTakes() {
        SwimDriver driver = SwimDriver.settled(200, SwimConfig.DEFAULT);

        driver.answerFor(Duration.ofSeconds(60));

        List<Sync> parts = new ArrayList<>();
        for (SwimPacket packet : driver.sent()) {
            if (packet.message() instanceof Sync sync) {
                parts.add(sync);
            }
        }
        List<Long> ids =
                parts.stream()
                        .flatMap(part -> part.known().stream())
                        .map(rumour -> rumour.about().value())
                        .distinct()
                        .sorted()
                        .toList();
        assertThat(ids).isEqualTo(LongStream.rangeClosed(1, 200).boxed().toList());
    }

    @Test
    void goodbyeIsToldAndThenNothingMore() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.step(new Leave());
        driver.run(Duration.ofSeconds(4));

        Rumour goodbye = new Rumour(N1, Liveness.LEFT, incarnation(0), N1);
        assertThat(told(driver, goodbye)).isEqualTo(6);
        assertThat(driver.effects.getLast()).isEqualTo(new LeaveCompleted());
        driver.effects.clear();
        driver.hear(N2, new Ping(1));
        driver.run(Duration.ofHours(1));
        assertThat(driver.effects).isEmpty();
    }

    @Test
    void goodbyeToNobodyIsOverAtOnce() {
        SwimDriver driver = SwimDriver.settled(1, SwimConfig.DEFAULT);

        driver.step(new Leave());

        assertThat(driver.effects).containsExactly(new LeaveCompleted());
    }

    @Test
    void whoHasLeftIsNeitherDoubtedNorLookedAt() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        driver.hear(N2, new Gossip(), new Rumour(N3, Liveness.LEFT, incarnation(0), N3));
        driver.effects.clear();

        driver.answerFor(Duration.ofMinutes(5));

        assertThat(driver.sentTo(N3)).isEmpty();
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));
        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.LEFT);
    }

    @Test
    void rumoursNeverMakeMembersAndNeverKeepThem() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new Gossip(), alive(new NodeId(99), 1));
        driver.step(new MembersChanged(members(2, 2)));
        driver.hear(N2, new Gossip(), suspect(N3, 0, N2));

        assertThat(driver.swim.view().members()).extracting(MemberStatus::id).containsExactly(N2);
    }
}
