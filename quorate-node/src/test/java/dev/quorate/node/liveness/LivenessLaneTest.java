package dev.quorate.node.liveness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.Members;
import dev.quorate.swim.SwimConfig;
import dev.quorate.swim.Transition;
import dev.quorate.transport.gossip.KeyRing;
import dev.quorate.transport.gossip.SealedUdp;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Three detectors on real sockets, threads and clocks.
class LivenessLaneTest {
    private static final ClusterId CLUSTER = new ClusterId(3, 4);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<NodeId> NODES = List.of(new NodeId(1), new NodeId(2), new NodeId(3));

    private final Map<NodeId, Running> running = new LinkedHashMap<>();
    private final Map<NodeId, InetSocketAddress> addresses = new LinkedHashMap<>();
    private final List<Transition> heardByFirst = new CopyOnWriteArrayList<>();

    private record Running(LivenessLane lane, SealedUdp udp) {
        void close() {
            udp.close();
            lane.close();
        }
    }

    private static KeyRing ring(int number) {
        byte[] secret = new byte[KeyRing.KEY_BYTES];
        Arrays.fill(secret, (byte) number);
        return new KeyRing(List.of(new KeyRing.Key(1, secret)));
    }

    private void start(NodeId node, long boot, KeyRing ring) {
        LivenessLane lane =
                LivenessLane.create(
                        SwimConfig.DEFAULT,
                        new LivenessLane.Identity(CLUSTER, node, new Incarnation(boot, 0)),
                        new LivenessLane.Parts(
                                node.equals(NODES.getFirst())
                                        ? List.of(heardByFirst::add)
                                        : List.of(),
                                incarnation -> {},
                                cause -> {}));
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        SealedUdp udp = SealedUdp.open(loopback, ring, CLUSTER, node, lane);
        addresses.put(node, udp.localAddress());
        running.put(node, new Running(lane, udp));
        running.values().forEach(each -> each.udp().peers(addresses));
        lane.start(udp);
        lane.members(new Members(1, NODES));
    }

    private void stop(NodeId node) {
        Running gone = running.remove(node);
        if (gone != null) {
            gone.close();
        }
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
                                .allMatch(each ->
                                        each.getValue().lane().livenessOf(member) == state));
    }

    private void awaitTraffic() {
        await().atMost(PATIENCE)
                .until(() ->
                        running.values().stream()
                                .allMatch(
                                        each -> each.lane().view().counters().packetsHeard() > 8));
    }

    @Test
    void aDeadNodeIsNoticedAndComesBack() {
        NODES.forEach(node -> start(node, 1, ring(1)));
        awaitTraffic();

        stop(NODES.get(1));
        awaitBelief(NODES.get(1), Liveness.DEAD);
        assertThat(heardByFirst).anyMatch(heard -> heard.after() == Liveness.DEAD);

        start(NODES.get(1), 2, ring(1));
        awaitBelief(NODES.get(1), Liveness.ALIVE);
    }

    @Test
    void aNodeThatSaysGoodbyeIsKnownToHaveLeft() {
        NODES.forEach(node -> start(node, 1, ring(1)));
        awaitTraffic();

        running.get(NODES.get(2)).lane().leave(PATIENCE);
        stop(NODES.get(2));

        awaitBelief(NODES.get(2), Liveness.LEFT);
    }

    @Test
    void aNodeWithAnotherKeyIsNotHeard() {
        start(NODES.get(0), 1, ring(1));
        start(NODES.get(1), 1, ring(1));
        start(NODES.get(2), 1, ring(2));

        await().atMost(PATIENCE)
                .until(() ->
                        running.get(NODES.get(0)).lane().livenessOf(NODES.get(2)) == Liveness.DEAD);
        assertThat(running.get(NODES.get(0)).udp().refused()).isPositive();
    }

    @Test
    void whatComesInBeyondTheQueueIsLostAndNothingElseHappens() {
        AtomicLong failures = new AtomicLong();
        LivenessLane lane =
                LivenessLane.create(
                        SwimConfig.DEFAULT,
                        new LivenessLane.Identity(CLUSTER, NODES.getFirst(), new Incarnation(1, 0)),
                        new LivenessLane.Parts(
                                List.of(), incarnation -> {}, cause -> failures.incrementAndGet()));
        for (int i = 0; i < 100_000; i++) {
            lane.linkDown(NODES.get(1));
        }
        SealedUdp udp =
                SealedUdp.open(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ring(1),
                        CLUSTER,
                        NODES.getFirst(),
                        lane);
        running.put(NODES.getFirst(), new Running(lane, udp));
        lane.start(udp);
        lane.members(new Members(1, NODES));

        await().atMost(PATIENCE).until(() -> lane.view().members().size() == 2);
        assertThat(failures).hasValue(0);
    }
}
