package dev.quorate.transport;

import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
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

    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final LinkContext context;
    private final Dialler dialler;
    private final NodeId peer;
    private final Breaker breaker;
    private final SendQueue queue;
    private final AtomicBoolean drainAsked = new AtomicBoolean();
    private final List<List<SendQueue.Waiting>> turn = new ArrayList<>();
    private final LongAdder framesOut = new LongAdder();
    private final LongAdder framesRefused = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final LongAdder dials = new LongAdder();
    private final LongAdder losses = new LongAdder();
    private InetSocketAddress address;
    // made with newer certificates; takes over from `current` once it is up
    private @Nullable DialedConnection successor;
    private @Nullable ScheduledFuture<?> redial;
    private boolean closed;
    // written by the loop only; read by whoever asks for statistics
    private volatile @Nullable DialedConnection current;
    private volatile @Nullable FeatureSet features;
    private volatile boolean up;

    DialedLink(
            LinkContext context,
            Dialler dialler,
            Breaker breaker,
            NodeId peer,
            InetSocketAddress address) {
        this.context = context;
        this.dialler = dialler;
        this.breaker = breaker;
        this.peer = peer;
        this.address = address;
        this.queue =
                new SendQueue(LinksOptions.URGENT_BYTES_MAX, context.options().queueBytesMax());
        for (int lane = 0; lane < Links.LANES; lane++) {
            turn.add(new ArrayList<>());
        }
    }

    /// Queues frames; see [Links#send].
    ///
    /// @param count how many frames the buffer holds
    boolean send(int lane, ByteBuffer frames, int count) {
        if (!up || !queue.offer(lane, frames)) {
            framesRefused.add(count);
            return false;
        }
        framesOut.add(count);
        if (drainAsked.compareAndSet(false, true)) {
            try {
                dialler.loop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                // the links were closed in between
                return false;
            }
        }
        return true;
    }

    /// What both sides understand, or null while the link is down. From any thread.
    @Nullable FeatureSet features() {
        return features;
    }

    /// Where the peer takes bulk transfers, or null if that is not known. From any thread.
    @Nullable InetSocketAddress bulkAddress() {
        DialedConnection connection = current;
        Hello answer = connection == null || !up ? null : connection.answer();
        return connection == null || answer == null || answer.bulkPort() == 0
                ? null
                : new InetSocketAddress(connection.address().getAddress(), answer.bulkPort());
    }

    /// From any thread.
    ///
    /// @param in what came from the peer
    LinkStats stats(Inbound in) {
        DialedConnection connection = current;
        return new LinkStats(
                peer,
                up,
                switch (breaker.state()) {
                    case CLOSED -> LinkStats.Reach.REACHABLE;
                    case OPEN -> LinkStats.Reach.UNREACHABLE;
                    case PROBING -> LinkStats.Reach.PROBING;
                },
                features,
                connection == null ? 0 : connection.rttMicros(),
                bytesOut.sum(),
                framesOut.sum(),
                in.bytes(),
                in.frames(),
                queue.waitingBytes(),
                queue.inFlightBytes(),
                framesRefused.sum(),
                dials.sum(),
                losses.sum());
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
        breaker.attempted();
        dials.increment();
        DialedConnection next = new DialedConnection(context, dialler, peer, address, this);
        current = next;
        if (address.isUnresolved()) {
            resolve(next, address);
        } else {
            next.dial();
        }
    }

    /// Takes note of where the peer is; a new address is dialled at once.
    void address(InetSocketAddress known) {
        if (known.equals(address)) {
            return;
        }
        address = known;
        breaker.encouraged();
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
            breaker.encouraged();
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
        DialedConnection next = new DialedConnection(context, dialler, peer, old.address(), this);
        successor = next;
        next.dial();
    }

    /// Ends the link for good.
    void close(String cause) {
        closed = true;
        if (redial != null) {
            redial.cancel(false);
        }
        DialedConnection connection = current;
        if (connection != null) {
            connection.close(RefusalCode.CLOSED, cause);
        }
        if (successor != null) {
            successor.close(RefusalCode.CLOSED, cause);
        }
        queue.clear();
    }

    @Override
    public void up(DialedConnection connection) {
        breaker.succeeded();
        Hello answer = connection.answer();
        features = answer == null ? null : context.hello().common(answer);
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
                    dialler.loop()
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
    public void ended(DialedConnection connection, Ending how, String cause) {
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
        features = null;
        queue.clear();
        if (wasUp) {
            losses.increment();
            context.linkDown(peer, cause);
        } else {
            LOG.debug("dialling {} failed: {}", peer, cause);
        }
        dialLater(how == Ending.FAULT ? breaker.faulted() : breaker.refused());
    }

    @Override
    public void writable() {
        if (!queue.isEmpty() && drainAsked.compareAndSet(false, true)) {
            drain();
        }
    }

    /// On a control connection the peer only answers hello.
    @Override
    public void frame(ByteBuffer content) throws Refused {
        throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke on our connection");
    }

    private void dialLater(long pauseNanos) {
        if (closed || redial != null || current != null) {
            return;
        }
        redial =
                dialler.loop()
                        .schedule(
                                () -> {
                                    redial = null;
                                    dial();
                                },
                                pauseNanos,
                                TimeUnit.NANOSECONDS);
    }

    /// Asks the name service on a thread of its own, for it blocks; then dials.
    private void resolve(DialedConnection placeholder, InetSocketAddress named) {
        Thread.ofVirtual()
                .start(() -> {
                    InetSocketAddress found = lookUp(named);
                    dialler.loop().execute(() -> resolved(placeholder, named, found));
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
            placeholder.failed("the name " + named + " is not known");
            return;
        }
        DialedConnection next = new DialedConnection(context, dialler, peer, found, this);
        current = next;
        next.dial();
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
        int bytes = 0;
        // a carrier that is full says so when it has room again
        while (taken < TURN_ENTRIES_MAX && connection.writable()) {
            SendQueue.Waiting entry = queue.poll();
            if (entry == null) {
                break;
            }
            turn.get(entry.lane()).add(entry);
            taken++;
            bytes += entry.cost();
            if (bytes >= PACK_BYTES_MAX) {
                writeTurn(connection);
                bytes = 0;
            }
        }
        writeTurn(connection);
        // others of this loop first
        if (taken == TURN_ENTRIES_MAX && drainAsked.compareAndSet(false, true)) {
            dialler.loop().execute(this::drain);
        }
    }

    private void writeTurn(DialedConnection connection) {
        for (int lane = 0; lane < Links.LANES; lane++) {
            write(connection, lane, turn.get(lane));
            turn.get(lane).clear();
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
        bytesOut.add(bytes);
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
                            queue.release(lane, cost);
                            if (!written.isSuccess()) {
                                connection.broken(
                                        "writing to " + peer + " failed: " + written.cause());
                            }
                        });
    }
}
