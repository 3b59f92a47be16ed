package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeEffect.Send;
import dev.quorate.transport.Links;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import dev.quorate.wire.FrameType;
import dev.quorate.wire.PeerCodec;
import dev.quorate.wire.PeerMessage;
import dev.quorate.wire.PeerMessage.Answer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Gathers what a turn says to each peer and hands it over as one buffer per (peer, lane), so that
/// the messages of many groups share a packet.
final class PeerOutbox {
    private static final int BUFFER_BYTES_MAX = 1 << 20;
    private static final int PREFIX_BYTES = 4;

    private final Links links;
    private final Map<NodeId, List<Slot>> peers = new TreeMap<>();
    private long sent;
    private long dropped;

    /// What one turn says on one lane to one peer.
    private static final class Slot {
        private final List<PeerMessage> messages = new ArrayList<>();
        private int bytes;
    }

    PeerOutbox(Links links) {
        this.links = links;
    }

    /// Adds a message to this turn's buffers.
    void add(Send send) {
        PeerMessage message = sendable(send.message());
        FrameType type = FrameType.of(message);
        if (type.gate() != null && !understands(send.to(), type)) {
            dropped++;
            return;
        }
        int bytes = PeerCodec.encodedBytes(message);
        int lane = FrameType.lane(message, Links.LANES);
        List<Slot> slots = peers.computeIfAbsent(send.to(), _ -> newSlots());
        Slot slot = slots.get(lane);
        if (slot.bytes > 0 && slot.bytes + bytes > BUFFER_BYTES_MAX) {
            send(send.to(), lane, slot);
        }
        slot.messages.add(message);
        slot.bytes += bytes;
    }

    /// Hands the turn's buffers to the links.
    void flush() {
        peers.forEach((peer, slots) -> {
            for (int lane = 0; lane < slots.size(); lane++) {
                if (slots.get(lane).bytes > 0) {
                    send(peer, lane, slots.get(lane));
                }
            }
        });
    }

    /// Messages handed to the links.
    long sent() {
        return sent;
    }

    /// Messages the links did not take: no link, too much queued, or a peer too old for the type.
    long dropped() {
        return dropped;
    }

    private void send(NodeId peer, int lane, Slot slot) {
        ByteBuffer frames = ByteBuffer.allocate(slot.bytes);
        for (PeerMessage message : slot.messages) {
            PeerCodec.encode(message, frames);
        }
        if (links.send(peer, lane, frames.flip())) {
            sent += slot.messages.size();
        } else {
            dropped += slot.messages.size();
        }
        slot.messages.clear();
        slot.bytes = 0;
    }

    private boolean understands(NodeId peer, FrameType type) {
        FeatureSet theirs = links.features(peer);
        return theirs != null && theirs.allows(type);
    }

    /// An answer too long for a frame is told as such: dropping it would leave the peer's client in
    /// the dark until its deadline.
    private static PeerMessage sendable(PeerMessage message) {
        int bytes = PeerCodec.encodedBytes(message) - PREFIX_BYTES;
        if (bytes > PeerCodec.FRAME_BYTES_MAX && message instanceof Answer(long requestId, _)) {
            return new Answer(
                    requestId,
                    new Outcome.Unknown(
                            "the answer of "
                                    + bytes
                                    + " bytes does not fit a frame of "
                                    + PeerCodec.FRAME_BYTES_MAX
                                    + "; ask the group's leader itself"));
        }
        return message;
    }

    private static List<Slot> newSlots() {
        List<Slot> slots = new ArrayList<>();
        for (int lane = 0; lane < Links.LANES; lane++) {
            slots.add(new Slot());
        }
        return slots;
    }
}
