package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way out to one peer, for as long as it is a peer: dials, dials again, and sends.
///
/// [#send] may be called from any thread; all else belongs to the dialling event loop.
final class DialedLink implements DialedConnection.Owner {
    /// Buffers taken from the queue in one turn of the event loop.
    private static final int TURN_ENTRIES_MAX = 1024;

    /// Several waiting buffers are copied into one of at most this size: each write to QUIC makes
    /// its own packets and system call.
    private static final int PACK_BYTES_MAX = 64 << 10;

    /// A connection that was succeeded stays for as long: what it carried last must arrive.
    private static final long FAREWELL_MILLIS = 2_000;

    private static final int DOUBLINGS_MAX = 16;
    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final LinkContext context;
    private final UdpSocket socket;
    private final NodeId peer;
    private final SendQueue queue;
    private final AtomicBoolean drainAsked = new AtomicBoolean();
    private final List<List<SendQueue.Waiting>> turn = new ArrayList<>();
    private InetSocketAddress address;
    private @Nullable DialedConnection current;
    // made with newer certificates; takes over from `current` once it is up
    private @Nullable DialedConnection successor;
    private @Nullable ScheduledFuture<?> redial;
    private int failures;
    private boolean closed;
    private volatile boolean up;

    DialedLink(LinkContext context, UdpSocket socket, NodeId peer, InetSocketAddress address) {
        this.context = context;
        this.socket = socket;
        this.peer = peer;
        this.address = address;
        this.queue = new SendQueue(context.options().queueBytesMax());
        for (int lane = 0; lane < Links.LANES; lane++) {
            turn.add(new ArrayList<>());
        }
    }

    /// Queues frames; see [Links#send].
    boolean send(int lane, ByteBuffer frames) {
        if (!up || !queue.offer(lane, frames)) {
            return false;
        }
        if (drainAsked.compareAndSet(false, true)) {
            try {
                socket.loop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                // the links were closed in between
                return false;
            }
        }
        return true;
    }

    /// Dials if there is no connection and no attempt.
    void dial() {
        if (closed || current != null) {
            return;
        }
        if (redial != null) {
            redial.cancel(false);
            redial = null;
        }
        DialedConnection next = new DialedConnection(context, peer, address, this, socket.loop());
        current = next;
        if (address.isUnresolved()) {
            resolve(next, address);
        } else {
            next.dial(socket);
        }
    }

    /// Takes note of where the peer is; a new address is dialled at once.
    void address(InetSocketAddress known) {
        if (known.equals(address)) {
            return;
        }
        address = known;
        failures = 0;
        DialedConnection old = current;
        if (old != null) {
            old.close(RefusalCode.CLOSED, "the address of " + peer + " is now " + known);
        }
        dial();
    }

    /// The peer called us: it is alive, and maybe it is no longer the process we are linked to.
    void heard(Hello hello) {
        DialedConnection old = current;
        Hello answer = old == null ? null : old.answer();
        if (old != null && answer != null && answer.bootEpoch() < hello.bootEpoch()) {
            failures = 0;
            old.close(RefusalCode.CLOSED, peer + " was restarted");
        }
        dial();
    }

    /// Holds the peer's certificate against pins and roots again. A connection whose certificates
    /// were superseded gets a successor, and carries frames until that one does.
    void judgeAgain() {
        DialedConnection old = current;
        if (old == null || !old.superseded() || closed || successor != null) {
            return;
        }
        DialedConnection next =
                new DialedConnection(context, peer, old.address(), this, socket.loop());
        successor = next;
        next.dial(socket);
    }

    /// Ends the link for good.
    void close(String cause) {
        closed = true;
        if (redial != null) {
            redial.cancel(false);
        }
        if (current != null) {
            current.close(RefusalCode.CLOSED, cause);
        }
        if (successor != null) {
            successor.close(RefusalCode.CLOSED, cause);
        }
        queue.clear();
    }

    @Override
    public void up(DialedConnection connection) {
        failures = 0;
        if (connection == successor) {
            succeed(connection);
        } else {
            up = true;
            context.linkUp(peer);
        }
    }

    private void succeed(DialedConnection next) {
        DialedConnection old = current;
        successor = null;
        current = next;
        if (old != null) {
            var _ =
                    socket.loop()
                            .schedule(
                                    () ->
                                            old.close(
                                                    RefusalCode.REPLACED,
                                                    "a newer connection took over"),
                                    FAREWELL_MILLIS,
                                    TimeUnit.MILLISECONDS);
        }
        // the certificates may have been replaced again in the meantime
        judgeAgain();
    }

    @Override
    public void ended(DialedConnection connection, String cause) {
        if (connection == successor) {
            // the next look at the pins tries again
            successor = null;
            LOG.debug("forming the link to {} anew failed: {}", peer, cause);
            return;
        }
        if (connection != current) {
            return;
        }
        current = null;
        if (successor != null) {
            // made for a connection that is gone: dialling starts over
            DialedConnection orphan = successor;
            successor = null;
            orphan.close(RefusalCode.REPLACED, "the link to " + peer + " was lost");
        }
        boolean wasUp = up;
        up = false;
        queue.clear();
        if (wasUp) {
            context.linkDown(peer, cause);
        } else {
            LOG.debug("dialling {} failed: {}", peer, cause);
        }
        dialLater();
    }

    private void dialLater() {
        if (closed || redial != null || current != null) {
            return;
        }
        long millis = context.options().redialMin().toMillis();
        long millisMax = context.options().redialMax().toMillis();
        millis = Math.min(millis << Math.min(failures, DOUBLINGS_MAX), millisMax);
        failures++;
        // half fixed, half random: peers that lost each other together do not return together
        long pause = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
        redial =
                socket.loop()
                        .schedule(
                                () -> {
                                    redial = null;
                                    dial();
                                },
                                pause,
                                TimeUnit.MILLISECONDS);
    }

    /// Asks the name service on a thread of its own, for it blocks; then dials.
    private void resolve(DialedConnection placeholder, InetSocketAddress named) {
        Thread.ofVirtual()
                .start(() -> {
                    InetSocketAddress found = lookUp(named);
                    socket.loop().execute(() -> resolved(placeholder, named, found));
                });
    }

    private void resolved(
            DialedConnection placeholder,
            InetSocketAddress named,
            @Nullable InetSocketAddress found) {
        if (closed || current != placeholder) {
            return;
        }
        if (found == null) {
            placeholder.close(RefusalCode.CLOSED, "the name " + named + " is not known");
            return;
        }
        DialedConnection next = new DialedConnection(context, peer, found, this, socket.loop());
        current = next;
        next.dial(socket);
    }

    private static @Nullable InetSocketAddress lookUp(InetSocketAddress named) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(named.getHostString()), named.getPort());
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private void drain() {
        drainAsked.set(false);
        DialedConnection connection = current;
        if (!up || connection == null) {
            queue.clear();
            return;
        }
        int taken = 0;
        for (SendQueue.Waiting entry = queue.poll(); entry != null; entry = queue.poll()) {
            turn.get(entry.lane()).add(entry);
            if (++taken == TURN_ENTRIES_MAX) {
                break;
            }
        }
        for (int lane = 0; lane < Links.LANES; lane++) {
            write(connection, lane, turn.get(lane));
            turn.get(lane).clear();
        }
        // others of this loop first
        if (taken == TURN_ENTRIES_MAX && drainAsked.compareAndSet(false, true)) {
            socket.loop().execute(this::drain);
        }
    }

    private void write(DialedConnection connection, int lane, List<SendQueue.Waiting> entries) {
        int from = 0;
        while (from < entries.size()) {
            int bytes = entries.get(from).frames().remaining();
            int to = from + 1;
            while (to < entries.size()
                    && bytes + entries.get(to).frames().remaining() <= PACK_BYTES_MAX) {
                bytes += entries.get(to).frames().remaining();
                to++;
            }
            write(connection, lane, entries.subList(from, to), bytes);
            from = to;
        }
    }

    private void write(
            DialedConnection connection, int lane, List<SendQueue.Waiting> entries, int bytes) {
        int cost = bytes + entries.size() * SendQueue.ENTRY_BYTES;
        ByteBuf packed;
        if (entries.size() == 1) {
            packed = Unpooled.wrappedBuffer(entries.getFirst().frames());
        } else {
            packed = ByteBufAllocator.DEFAULT.directBuffer(bytes);
            for (SendQueue.Waiting entry : entries) {
                packed.writeBytes(entry.frames());
            }
        }
        var _ =
                connection
                        .write(lane, packed)
                        .addListener(written -> {
                            queue.release(cost);
                            if (!written.isSuccess()) {
                                connection.close(
                                        RefusalCode.PROTOCOL_ERROR,
                                        "writing to " + peer + " failed: " + written.cause());
                            }
                        });
    }
}
