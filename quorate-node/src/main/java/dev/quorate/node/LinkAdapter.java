package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput;
import dev.quorate.node.liveness.LivenessLane;
import dev.quorate.transport.Links;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import dev.quorate.wire.FrameType;
import dev.quorate.wire.MalformedFrame;
import dev.quorate.wire.PeerCodec;
import dev.quorate.wire.PeerMessage;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Turns what happens on the links into the reactor's mail. Decodes on the transport's thread, so
/// that the reactor never looks at bytes of a stranger.
final class LinkAdapter implements Links.Listener {
    private final Mailbox mailbox;
    private final TraceLog log;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong malformed = new AtomicLong();
    // at most 256 per peer
    private final Set<RefusedType> refused = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Links links;
    private volatile @Nullable LivenessLane liveness;
    private volatile @Nullable PeerBook peers;
    private volatile PeerMessage.@Nullable Here here;

    private record RefusedType(NodeId peer, int type) {}

    LinkAdapter(Mailbox mailbox, TraceLog log) {
        this.mailbox = mailbox;
        this.log = log;
    }

    /// Sets where refusals of frames are sent; before, senders hear nothing.
    void answerOn(Links opened) {
        links = opened;
    }

    /// Sets who hears datagrams and how the links do; before, nobody does.
    void tell(LivenessLane lane) {
        liveness = lane;
    }

    /// Sets what is said to each peer on a new link, and who is told what they say.
    void tell(PeerBook book, PeerMessage.Here own) {
        peers = book;
        here = own;
    }

    @Override
    public void linkUp(NodeId peer) {
        refused.removeIf(known -> known.peer().equals(peer));
        mailbox.post(new NodeInput.LinkChanged(peer, true));
        LivenessLane lane = liveness;
        if (lane != null) {
            lane.linkUp(peer);
        }
        PeerMessage.Here own = here;
        if (own != null) {
            say(peer, own);
        }
    }

    @Override
    public void linkDown(NodeId peer, String cause) {
        log.linkDown(peer, cause);
        mailbox.post(new NodeInput.LinkChanged(peer, false));
        LivenessLane lane = liveness;
        if (lane != null) {
            lane.linkDown(peer);
        }
    }

    @Override
    public void received(NodeId from, ByteBuffer frame) {
        int bytes = frame.remaining();
        try {
            received.getAndIncrement();
            PeerMessage message = PeerCodec.decode(frame);
            if (message instanceof PeerMessage.Refusal(int type, Outcome.Rejected why)) {
                log.refused("our frames of type " + type + " by " + from + ": " + why.sentence());
            } else if (message instanceof PeerMessage.Gossip(Bytes datagram)) {
                heard(from, datagram);
            } else if (message instanceof PeerMessage.Here(long bootEpoch, String address)) {
                PeerBook book = peers;
                if (book != null) {
                    book.hint(from, bootEpoch, address);
                }
            } else if (!mailbox.offer(new NodeInput.Received(from, message), bytes)) {
                dropped.getAndIncrement();
            }
        } catch (MalformedFrame bad) {
            malformed.getAndIncrement();
            log.refused("a frame of " + bytes + " bytes from " + from + ": " + bad.getMessage());
            refuse(from, frame, bad);
        }
    }

    private void heard(NodeId from, Bytes datagram) {
        LivenessLane lane = liveness;
        if (lane != null) {
            lane.received(from, datagram.asBuffer());
        }
    }

    /// Tells the sender. Requests are answered each; of other frames, each type is refused once per
    /// link, lest a peer that knows no better makes us talk as much as it does.
    private void refuse(NodeId to, ByteBuffer frame, MalformedFrame why) {
        PeerMessage refusal = PeerCodec.refusal(frame, why);
        Links open = links;
        FeatureSet theirs = open == null ? null : open.features(to);
        if (refusal == null || open == null || theirs == null) {
            return;
        }
        boolean said =
                refusal instanceof PeerMessage.Refusal(int type, _)
                        && !refused.add(new RefusedType(to, type));
        if (!said) {
            say(to, refusal);
        }
    }

    private void say(NodeId to, PeerMessage message) {
        Links open = links;
        FeatureSet theirs = open == null ? null : open.features(to);
        if (open != null && theirs != null && theirs.allows(FrameType.of(message))) {
            ByteBuffer frame = ByteBuffer.allocate(PeerCodec.encodedBytes(message));
            PeerCodec.encode(message, frame);
            var _ = open.send(to, FrameType.lane(message, Links.LANES), frame.flip());
        }
    }

    @Override
    public void turnedAway(NodeId by, String why) {
        mailbox.post(new NodeInput.TurnedAway(by, why));
    }

    @Override
    public void refused(String who, String cause) {
        log.refused(who + ": " + cause);
    }

    /// Frames that came.
    long received() {
        return received.get();
    }

    /// Frames dropped because the reactor had too much to read.
    long dropped() {
        return dropped.get();
    }

    /// Frames that were none.
    long malformed() {
        return malformed.get();
    }
}
