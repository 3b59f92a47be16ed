package dev.quorate.wire;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.Rumour;
import dev.quorate.swim.SupportMessage;
import dev.quorate.swim.SwimMessage;
import dev.quorate.swim.SwimPacket;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One datagram of every type, one message of store liveness of every type.
final class SwimSamples {
    private static final ClusterId CLUSTER =
            new ClusterId(0x0102030405060708L, 0x090a0b0c0d0e0f10L);
    private static final Rumour SUSPICION =
            new Rumour(new NodeId(3), Liveness.SUSPECT, new Incarnation(4, 5), new NodeId(6));
    private static final List<Rumour> ALL_STATES =
            List.of(
                    new Rumour(new NodeId(1), Liveness.ALIVE, new Incarnation(1, 0), new NodeId(1)),
                    SUSPICION,
                    new Rumour(
                            new NodeId(7),
                            Liveness.DEAD,
                            new Incarnation(Incarnation.BOOT_MAX, Integer.MAX_VALUE),
                            new NodeId(Long.MAX_VALUE)),
                    new Rumour(new NodeId(8), Liveness.LEFT, new Incarnation(2, 0), new NodeId(8)));

    private SwimSamples() {}

    static Map<String, SwimPacket> packets() {
        Map<String, SwimPacket> samples = new LinkedHashMap<>();
        samples.put("ping", packet(new SwimMessage.Ping(0x1122334455667788L), List.of()));
        samples.put("ping-rumours", packet(new SwimMessage.Ping(-1), ALL_STATES));
        samples.put(
                "ping-request", packet(new SwimMessage.PingRequest(9, new NodeId(10)), List.of()));
        samples.put("ack", packet(new SwimMessage.Ack(11), List.of(SUSPICION)));
        samples.put("nack", packet(new SwimMessage.Nack(12), List.of()));
        samples.put("gossip", packet(new SwimMessage.Gossip(), List.of(SUSPICION)));
        samples.put(
                "sync",
                packet(new SwimMessage.Sync(13, Long.MAX_VALUE, ALL_STATES), List.of(SUSPICION)));
        samples.put("sync-reply", packet(new SwimMessage.SyncReply(ALL_STATES), List.of()));
        return samples;
    }

    private static SwimPacket packet(SwimMessage message, List<Rumour> rumours) {
        return new SwimPacket(
                CLUSTER, new NodeId(1), new NodeId(2), new Incarnation(3, 4), message, rumours);
    }

    static Map<String, SupportMessage> support() {
        Map<String, SupportMessage> samples = new LinkedHashMap<>();
        Incarnation epoch = new Incarnation(3, 4);
        samples.put("request", new SupportMessage.Request(epoch, 5, 3_000_000));
        samples.put("support", new SupportMessage.Support(epoch, 5, 3_000_000, 6));
        samples.put("refusal", new SupportMessage.Refusal(epoch));
        return samples;
    }
}
