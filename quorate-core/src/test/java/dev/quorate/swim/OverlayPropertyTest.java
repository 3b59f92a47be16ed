package dev.quorate.swim;

import static dev.quorate.swim.SwimDriver.N2;
import static dev.quorate.swim.SwimDriver.incarnation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.SwimConfig.Lifeguard;
import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Beliefs depend on what was heard, not on the order or number of times it was.
class OverlayPropertyTest {
    private static final int NODES = 6;
    private static final List<Liveness> STATES = List.of(Liveness.values());

    @TestFactory
    List<DynamicTest> theOrderInWhichRumoursArriveDoesNotMatter() {
        return LongStream.rangeClosed(1, 100)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest(
                                "seed " + seed, () -> sameBeliefs(new Random(seed))))
                .toList();
    }

    private static void sameBeliefs(Random random) {
        List<Rumour> rumours = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            rumours.add(
                    new Rumour(
                            new NodeId(2 + random.nextInt(NODES - 1)),
                            STATES.get(random.nextInt(STATES.size())),
                            new Incarnation(1 + random.nextInt(2), random.nextInt(3)),
                            new NodeId(1 + random.nextInt(NODES))));
        }
        List<String> first = beliefsAfter(rumours);
        Collections.shuffle(rumours, random);
        rumours.addAll(rumours.subList(0, 10));

        assertThat(beliefsAfter(rumours)).isEqualTo(first);
    }

    private static List<String> beliefsAfter(List<Rumour> rumours) {
        SwimDriver driver = SwimDriver.settled(NODES, SwimConfig.DEFAULT);
        for (Rumour rumour : rumours) {
            driver.hear(N2, new Incarnation(1, 0), new Gossip(), rumour);
        }
        return driver.swim.view().members().stream()
                .map(status -> status.id() + " " + status.state() + " " + status.incarnation())
                .toList();
    }

    @TestFactory
    List<DynamicTest> whateverArrivesPacketsKeepTheirLengthAndTimeGoesOn() {
        return LongStream.rangeClosed(1, 40)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest("seed " + seed, () -> storm(new Random(seed))))
                .toList();
    }

    private static void storm(Random random) {
        SwimConfig config =
                new SwimConfig(
                        SwimConfig.DEFAULT.timing(),
                        SwimConfig.DEFAULT.suspicion(),
                        SwimConfig.DEFAULT.limits(),
                        random.nextBoolean() ? Lifeguard.ON : Lifeguard.OFF);
        SwimDriver driver = new SwimDriver(NODES, config);
        Incarnation before = driver.swim.incarnation();
        for (int i = 0; i < 500; i++) {
            driver.hear(
                    new NodeId(1 + random.nextInt(NODES + 1)),
                    incarnation(random.nextInt(3)),
                    message(random),
                    new Rumour(
                            new NodeId(1 + random.nextInt(NODES + 2)),
                            STATES.get(random.nextInt(STATES.size())),
                            incarnation(random.nextInt(4)),
                            new NodeId(1 + random.nextInt(NODES))));
            driver.run(Duration.ofMillis(random.nextInt(300)));
            assertThat(driver.swim.nextDeadlineNanos() - driver.nowNanos()).isNotNegative();
            assertThat(driver.swim.incarnation()).isGreaterThanOrEqualTo(before);
            before = driver.swim.incarnation();
        }
        assertThat(driver.sent())
                .allMatch(packet -> packet.bytes() <= config.limits().packetBytes());
    }

    private static SwimMessage message(Random random) {
        return switch (random.nextInt(7)) {
            case 0 -> new SwimMessage.Ping(random.nextInt(5));
            case 1 ->
                    new SwimMessage.PingRequest(
                            random.nextInt(5), new NodeId(1 + random.nextInt(NODES + 1)));
            case 2 -> new SwimMessage.Ack(random.nextInt(5));
            case 3 -> new SwimMessage.Nack(random.nextInt(5));
            case 4 -> new SwimMessage.Sync(random.nextInt(9), random.nextInt(9), List.of());
            case 5 -> new SwimMessage.SyncReply(List.of());
            default -> new Gossip();
        };
    }
}
