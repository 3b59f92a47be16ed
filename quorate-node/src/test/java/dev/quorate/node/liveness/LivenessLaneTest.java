package dev.quorate.node.liveness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.Members;
import dev.quorate.swim.SwimConfig;
import dev.quorate.swim.Transition;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Three detectors on real threads and clocks.
class LivenessLaneTest {
    private static final ClusterId CLUSTER = new ClusterId(3, 4);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<NodeId> NODES = List.of(new NodeId(1), new NodeId(2), new NodeId(3));

    private final Map<NodeId, LivenessLane> running = new ConcurrentHashMap<>();
    private final AtomicInteger failuresLeft = new AtomicInteger();
    private final List<Transition> heardByFirst = new CopyOnWriteArrayList<>();

    private void start(NodeId node, long boot) {
        LivenessLane lane = lane(node, boot);
        running.put(node, lane);
        lane.start(from(node));
        lane.members(new Members(1, NODES));
    }

    /// A network without loss.
    private Datagrams from(NodeId sender) {
        return (to, datagram) -> {
            LivenessLane receiver = running.get(to);
            if (receiver != null) {
                receiver.received(sender, datagram);
            }
        };
    }

    private LivenessLane lane(NodeId node, long boot) {
        return LivenessLane.create(
                SwimConfig.DEFAULT,
                new LivenessLane.Identity(CLUSTER, node, new Incarnation(boot, 0)),
                new LivenessLane.Parts(
                        node.equals(NODES.getFirst()) ? List.of(this::hear) : List.of(),
                        incarnation -> {}));
    }

    private void stop(NodeId node) {
        LivenessLane gone = running.remove(node);
        if (gone != null) {
            gone.close();
        }
    }

    private LivenessLane lane(NodeId node) {
        return Objects.requireNonNull(running.get(node));
    }

    @AfterEach
    void stopAll() {
        new ArrayList<>(running.keySet()).forEach(this::stop);
    }

    private void awaitBelief(NodeId member, Liveness state) {
        await().atMost(PATIENCE)
                .until(() ->
                        running.entrySet().stream()
                                .filter(each -> !each.getKey().equals(member))
                                .allMatch(each -> each.getValue().livenessOf(member) == state));
    }

    private void awaitTraffic() {
        await().atMost(PATIENCE)
                .until(() ->
                        running.values().stream()
                                .allMatch(each -> each.view().counters().packetsHeard() > 8));
    }

    @Test
    void aDeadNodeIsNoticedAndComesBack() {
        NODES.forEach(node -> start(node, 1));
        awaitTraffic();

        stop(NODES.get(1));
        awaitBelief(NODES.get(1), Liveness.DEAD);
        assertThat(heardByFirst).anyMatch(heard -> heard.after() == Liveness.DEAD);

        start(NODES.get(1), 2);
        awaitBelief(NODES.get(1), Liveness.ALIVE);
    }

    @Test
    void aNodeThatSaysGoodbyeIsKnownToHaveLeft() {
        NODES.forEach(node -> start(node, 1));
        awaitTraffic();

        lane(NODES.get(2)).beginLeave();
        lane(NODES.get(2)).awaitLeft(PATIENCE);
        stop(NODES.get(2));

        awaitBelief(NODES.get(2), Liveness.LEFT);
    }

    @Test
    void whoSpeaksInAnothersNameIsNotHeard() {
        start(NODES.get(0), 1);
        start(NODES.get(1), 1);
        LivenessLane liar = lane(NODES.get(2), 1);
        running.put(NODES.get(2), liar);
        // what the third node says arrives on the link of the second
        liar.start(from(NODES.get(1)));
        liar.members(new Members(1, NODES));

        await().atMost(PATIENCE)
                .until(() -> lane(NODES.get(0)).livenessOf(NODES.get(2)) == Liveness.DEAD);
    }

    @Test
    void aDetectorThatFailsStartsAnewAndGoesOn() {
        failuresLeft.set(2);
        NODES.forEach(node -> start(node, 1));
        awaitTraffic();

        stop(NODES.get(1));
        awaitBelief(NODES.get(1), Liveness.DEAD);

        await().atMost(PATIENCE)
                .until(() -> failuresLeft.get() <= 0 && lane(NODES.getFirst()).trouble().isEmpty());
    }

    private void hear(Transition transition) {
        if (failuresLeft.getAndDecrement() > 0) {
            throw new IllegalStateException("planted");
        }
        heardByFirst.add(transition);
    }

    @Test
    void whatComesInBeyondTheQueueIsLostAndNothingElseHappens() {
        LivenessLane lane = lane(NODES.getFirst(), 1);
        for (int i = 0; i < 100_000; i++) {
            lane.linkDown(NODES.get(1));
        }
        running.put(NODES.getFirst(), lane);
        lane.start(from(NODES.getFirst()));
        lane.members(new Members(1, NODES));

        await().atMost(PATIENCE).until(() -> lane.view().members().size() == 2);
        assertThat(lane.trouble()).isEmpty();
    }
}
