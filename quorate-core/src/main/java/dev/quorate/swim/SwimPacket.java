package dev.quorate.swim;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.util.List;

/// One datagram.
///
/// @param cluster the sender's cluster: packets of another one are not heard
/// @param from the sender; whoever receives it checks it against what the channel proves
/// @param to who is meant: addresses may have changed hands
/// @param incarnation the sender's own: every packet is proof of life
/// @param rumours what rides along, most urgent first
public record SwimPacket(
        ClusterId cluster,
        NodeId from,
        NodeId to,
        Incarnation incarnation,
        SwimMessage message,
        List<Rumour> rumours) {
    /// Length of everything but message and rumours, in bytes.
    public static final int HEADER_BYTES = 4 + 16 + 8 + 8 + 12 + 2;

    public SwimPacket {
        rumours = List.copyOf(rumours);
    }

    /// Length on the wire, in bytes.
    public int bytes() {
        return HEADER_BYTES + message.bytes() + Rumour.BYTES * rumours.size();
    }
}
