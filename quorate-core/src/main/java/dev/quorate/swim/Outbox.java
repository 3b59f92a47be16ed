package dev.quorate.swim;

import dev.quorate.swim.SwimEffect.Send;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;

/// Builds datagrams: never longer than allowed, filled up with rumours (SWIM piggybacks them on the
/// failure detector's own packets), and what is held against the receiver first of all (Lifeguard,
/// buddy system), so that it can defend itself in its answer.
final class Outbox {
    private final SwimConfig config;
    private final Self self;
    private final Table table;
    private final Rumours rumours;
    private long sent;

    Outbox(SwimConfig config, Self self, Table table, Rumours rumours) {
        this.config = config;
        this.self = self;
        this.table = table;
        this.rumours = rumours;
    }

    void send(NodeId to, SwimMessage message, SwimEffects out) {
        Entry receiver = table.get(to);
        int room = room(message);
        List<Rumour> riding = new ArrayList<>();
        if (receiver == null) {
            room = 0;
        } else if (mustKnow(receiver) && room > 0) {
            riding.add(receiver.rumour());
            room--;
        }
        NodeId except = riding.isEmpty() ? null : to;
        riding.addAll(rumours.take(room, sendsMax(), except));
        emit(to, message, riding, out);
    }

    /// Without rumours: for strangers.
    void sendBare(NodeId to, SwimMessage message, SwimEffects out) {
        emit(to, message, List.of(), out);
    }

    /// How many rumours fit besides the message.
    int room(SwimMessage message) {
        int free = config.limits().packetBytes() - SwimPacket.HEADER_BYTES - message.bytes();
        return Math.max(0, free / Rumour.BYTES);
    }

    /// Dead members must learn of it, or they could never come back; suspects by the buddy system.
    private boolean mustKnow(Entry receiver) {
        return receiver.state() == Liveness.DEAD
                || (receiver.state() == Liveness.SUSPECT && config.isLifeguard());
    }

    /// λ log n, with the logarithm to base 2, rounded up.
    private int sendsMax() {
        int log = 32 - Integer.numberOfLeadingZeros(table.size());
        return config.limits().retransmit() * log;
    }

    private void emit(NodeId to, SwimMessage message, List<Rumour> riding, SwimEffects out) {
        sent++;
        out.emit(
                new Send(
                        new SwimPacket(
                                self.cluster(),
                                self.id(),
                                to,
                                self.incarnation(),
                                message,
                                riding)));
    }

    long sent() {
        return sent;
    }
}
