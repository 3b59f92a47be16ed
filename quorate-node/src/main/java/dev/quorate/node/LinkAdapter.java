package dev.quorate.node;

import dev.quorate.core.NodeInput;
import dev.quorate.transport.Links;
import dev.quorate.types.NodeId;
import dev.quorate.wire.MalformedFrame;
import dev.quorate.wire.PeerCodec;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/// Turns what happens on the links into the reactor's mail. Decodes on the transport's thread, so
/// that the reactor never looks at bytes of a stranger.
final class LinkAdapter implements Links.Listener {
    private final Mailbox mailbox;
    private final TraceLog log;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong malformed = new AtomicLong();

    LinkAdapter(Mailbox mailbox, TraceLog log) {
        this.mailbox = mailbox;
        this.log = log;
    }

    @Override
    public void linkUp(NodeId peer) {
        mailbox.post(new NodeInput.LinkChanged(peer, true));
    }

    @Override
    public void linkDown(NodeId peer, String cause) {
        log.linkDown(peer, cause);
        mailbox.post(new NodeInput.LinkChanged(peer, false));
    }

    @Override
    public void received(NodeId from, ByteBuffer frame) {
        int bytes = frame.remaining();
        try {
            received.getAndIncrement();
            if (!mailbox.offer(new NodeInput.Received(from, PeerCodec.decode(frame)), bytes)) {
                dropped.getAndIncrement();
            }
        } catch (MalformedFrame bad) {
            malformed.getAndIncrement();
            log.refused("a frame of " + bytes + " bytes from " + from + ": " + bad.getMessage());
        }
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
