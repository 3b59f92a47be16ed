package dev.quorate.swim;

import static dev.quorate.swim.SwimDriver.CLUSTER;
import static dev.quorate.swim.SwimDriver.N1;
import static dev.quorate.swim.SwimDriver.N2;
import static dev.quorate.swim.SwimDriver.N3;
import static dev.quorate.swim.SwimDriver.incarnation;
import static dev.quorate.swim.SwimDriver.members;
import static dev.quorate.swim.SwimDriver.sequence;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.SwimInput.LinkDown;
import dev.quorate.swim.SwimInput.MembersChanged;
import dev.quorate.swim.SwimInput.Received;
import dev.quorate.swim.SwimInput.RttSample;
import dev.quorate.swim.SwimMessage.Ack;
import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.swim.SwimMessage.Nack;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.swim.SwimMessage.PingRequest;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The failure detector proper (SWIM, "SWIM Failure Detector"): ping, ack, ping-req.
class SwimProbeTest {
    private static final Duration PERIOD = Duration.ofMillis(500);

    @Test
    void aProbeSeesItsOwnAck() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        SwimPacket ping = driver.nextPing();

        driver.hear(ping.to(), new Ack(sequence(ping)));
        driver.effects.clear();
        driver.run(Duration.ofMillis(499));

        assertThat(driver.sentTo(ping.to())).isEmpty();
        assertThat(driver.swim.view().counters().probesFailed()).isZero();
    }

    @Test
    void anAckWithAnotherNumberIsNoAnswer() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        SwimPacket ping = driver.nextPing();

        driver.hear(ping.to(), new Ack(sequence(ping) + 1));
        driver.run(PERIOD);

        assertThat(driver.swim.livenessOf(ping.to())).isEqualTo(Liveness.SUSPECT);
    }

    @Test
    void anAckFromSomeoneWhoWasNotAskedIsNoAnswer() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        SwimPacket ping = driver.nextPing();
        NodeId other = ping.to().equals(N2) ? N3 : N2;

        driver.hear(other, new Ack(sequence(ping)));
        driver.run(PERIOD);

        assertThat(driver.swim.livenessOf(ping.to())).isEqualTo(Liveness.SUSPECT);
    }

    @Test
    void aSilentMemberIsPingedAgainAndThenAskedThroughOthers() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);
        driver.effects.clear();
        SwimPacket ping = driver.nextPing();

        driver.run(Duration.ofMillis(199));
        assertThat(driver.sentTo(ping.to())).hasSize(2).allMatch(again -> again.equals(ping));

        driver.run(Duration.ofMillis(1));
        List<SwimPacket> requests =
                driver.sent().stream()
                        .filter(packet ->
                                packet.message().equals(new PingRequest(sequence(ping), ping.to())))
                        .toList();
        assertThat(requests).hasSize(3);
        assertThat(requests.stream().map(SwimPacket::to).distinct())
                .hasSize(3)
                .doesNotContain(N1, ping.to());
    }

    @Test
    void anAckThroughAHelperCounts() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);
        SwimPacket ping = driver.nextPing();
        NodeId helper = ping.to().equals(N2) ? N3 : N2;
        driver.run(Duration.ofMillis(250));

        driver.hear(helper, new Ack(sequence(ping)));
        driver.run(Duration.ofMillis(249));

        assertThat(driver.swim.view().counters().probesFailed()).isZero();
        assertThat(driver.swim.livenessOf(ping.to())).isEqualTo(Liveness.ALIVE);
    }

    @Test
    void aRequestIsPassedOnAndSoIsItsAnswer() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new PingRequest(77, N3));
        SwimPacket ping = driver.sentTo(N3).getFirst();
        assertThat(sequence(ping)).isNotEqualTo(77);
        driver.hear(N3, new Ack(sequence(ping)));

        assertThat(driver.sentTo(N2).getLast().message()).isEqualTo(new Ack(77));
    }

    @Test
    void aRequestInVainIsAnsweredWithANackBeforeTheAskerGivesUp() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new PingRequest(77, N3));
        driver.run(Duration.ofMillis(160));

        assertThat(driver.sentTo(N2)).extracting(SwimPacket::message).contains(new Nack(77));
    }

    @Test
    void helpIsBounded() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        for (int i = 0; i < 10_000; i++) {
            driver.hear(N2, new PingRequest(i, N3));
        }

        assertThat(driver.sentTo(N3)).hasSize(SwimConfig.DEFAULT.limits().relaysMax());
    }

    @Test
    void aPingIsAnsweredWithItsNumber() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.hear(N2, new Ping(-5));

        assertThat(driver.sentTo(N2))
                .containsExactly(
                        new SwimPacket(CLUSTER, N1, N2, incarnation(0), new Ack(-5), List.of()));
    }

    @Test
    void aStrangerIsAnsweredButNotListenedTo() {
        SwimDriver driver = SwimDriver.settled(2, SwimConfig.DEFAULT);

        driver.hear(N3, new Ping(5), SwimDriver.suspect(N2, 0, N3));

        assertThat(driver.sentTo(N3)).extracting(SwimPacket::message).containsExactly(new Ack(5));
        assertThat(driver.swim.livenessOf(N2)).isEqualTo(Liveness.ALIVE);
        assertThat(driver.swim.livenessOf(N3)).isNull();
    }

    @Test
    void packetsOfOtherClustersAndForOtherNodesAreRefused() {
        SwimDriver driver = SwimDriver.settled(3, SwimConfig.DEFAULT);

        driver.step(
                new Received(
                        new SwimPacket(
                                new ClusterId(1, 1),
                                N2,
                                N1,
                                incarnation(0),
                                new Ping(1),
                                List.of())));
        driver.step(
                new Received(
                        new SwimPacket(CLUSTER, N2, N3, incarnation(0), new Ping(1), List.of())));

        assertThat(driver.effects).isEmpty();
        assertThat(driver.swim.view().counters().packetsRefused()).isEqualTo(2);
    }

    @Test
    void everyMemberIsProbedOncePerRoundInARandomOrder() {
        SwimDriver driver = SwimDriver.settled(8, SwimConfig.DEFAULT);
        driver.effects.clear();
        driver.answerFor(PERIOD.multipliedBy(7 * 6));

        List<NodeId> probed =
                driver.sent().stream()
                        .filter(packet -> packet.message() instanceof Ping)
                        .map(SwimPacket::to)
                        .toList();
        // rounds may have begun anywhere: between two probes of a member there is at most one full
        // round of the others and the rest of the next
        for (long node = 2; node <= 8; node++) {
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < probed.size(); i++) {
                if (probed.get(i).value() == node) {
                    places.add(i);
                }
            }
            assertThat(places).hasSizeBetween(5, 7);
            for (int i = 1; i < places.size(); i++) {
                assertThat(places.get(i) - places.get(i - 1)).isBetween(1, 13);
            }
        }
        assertThat(probed.subList(0, 7)).isNotEqualTo(probed.subList(7, 14));
    }

    @Test
    void anAnswerOnALinkIsAsGoodAsAnAck() {
        SwimDriver driver = SwimDriver.settled(2, SwimConfig.DEFAULT);
        driver.nextPing();

        driver.step(new RttSample(N2, 3_000_000));
        driver.run(Duration.ofMillis(499));

        assertThat(driver.swim.view().counters().probesFailed()).isZero();
        assertThat(driver.swim.view().members().getFirst().rttNanos()).isPositive();
    }

    @Test
    void aBrokenLinkMakesTheNodeLookAtOnceButProvesNothing() {
        SwimDriver driver = SwimDriver.settled(5, SwimConfig.DEFAULT);

        driver.step(new LinkDown(N3));

        assertThat(driver.sentTo(N3)).hasSize(1);
        assertThat(driver.sentTo(N3).getFirst().message()).isInstanceOf(Ping.class);
        assertThat(driver.swim.livenessOf(N3)).isEqualTo(Liveness.ALIVE);
    }

    @Test
    void anOlderListOfMembersIsIgnored() {
        SwimDriver driver = new SwimDriver(3, SwimConfig.DEFAULT);

        driver.step(new MembersChanged(members(5, 2)));
        driver.step(new MembersChanged(members(4, 3)));

        assertThat(driver.swim.livenessOf(N3)).isNull();
    }

    @Test
    void aPacketFromAMemberIsProofOfItsNewLife() {
        SwimDriver driver = SwimDriver.settled(2, SwimConfig.DEFAULT);

        driver.hear(N2, new Incarnation(2, 0), new Gossip());

        assertThat(driver.transitions())
                .containsExactly(
                        new Transition(N2, Liveness.ALIVE, Liveness.ALIVE, new Incarnation(2, 0)));
        assertThat(driver.transitions().getFirst().isRestart()).isTrue();
    }
}
