package dev.quorate.bench;

import dev.quorate.transport.BulkFailure;
import dev.quorate.transport.BulkLinks;
import dev.quorate.transport.BulkOptions;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.Links;
import dev.quorate.transport.LinksOptions;
import dev.quorate.transport.LiveIdentity;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.transport.QuicLinks;
import dev.quorate.transport.TcpLinks;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// How long a small message between two nodes takes, there and back, while nothing else happens and
/// while a transfer runs to the same peer as fast as it can. Both nodes in one process, on
/// loopback.
///
/// `LinksUnderBulk [quic|tcp] [seconds]`
public final class LinksUnderBulk {
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final int MESSAGE_BYTES = 128;
    private static final long MEGABYTE = 1_000_000;

    private final Map<NodeId, Bytes> pins = new TreeMap<>();
    private final ClusterCa ca = ClusterCa.create(new ClusterId(1, 2));
    private final Semaphore echoes = new Semaphore(0);
    private final LongAdder fetchedBytes = new LongAdder();
    private final boolean tcp;
    private volatile boolean fetching = true;

    private LinksUnderBulk(boolean tcp) {
        this.tcp = tcp;
    }

    /// Measures and prints.
    public static void main(String[] args) throws Exception {
        boolean tcp = args.length > 0 && args[0].equals("tcp");
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        new LinksUnderBulk(tcp).run(Duration.ofSeconds(seconds));
    }

    private void run(Duration time) throws Exception {
        LiveIdentity first = identity(ONE);
        LiveIdentity second = identity(TWO);
        CountDownLatch up = new CountDownLatch(2);
        Echo echo = new Echo(up);
        try (Links one = open(ONE, first, new Answers(up));
                Links two = open(TWO, second, echo)) {
            echo.back = two;
            Map<NodeId, InetSocketAddress> addresses =
                    Map.of(ONE, one.localAddress(), TWO, two.localAddress());
            one.peers(addresses);
            two.peers(addresses);
            if (!up.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the links did not come up");
            }
            two.bulk().serve((peer, request, offset) -> new Endless());

            measure(one, time.dividedBy(2));
            Histogram idle = measure(one, time);
            one.bulk().fetch(TWO, Bytes.utf8("endless"), 0, new Discard(one.bulk()));
            measure(one, time.dividedBy(2));
            long before = fetchedBytes.sum();
            long began = System.nanoTime();
            Histogram busy = measure(one, time);
            double rate =
                    (fetchedBytes.sum() - before) * 1e9 / (System.nanoTime() - began) / MEGABYTE;
            fetching = false;
            System.err.printf(
                    "%s, %d-byte messages, 1 outstanding: idle p50 %.0f µs, p99 %.0f µs;"
                            + " beside a transfer of %.0f MB/s p50 %.0f µs, p99 %.0f µs;"
                            + " p50 ratio %.2f%n",
                    tcp ? "TCP" : "QUIC",
                    MESSAGE_BYTES,
                    micros(idle, 50),
                    micros(idle, 99),
                    rate,
                    micros(busy, 50),
                    micros(busy, 99),
                    micros(busy, 50) / micros(idle, 50));
        }
    }

    private Histogram measure(Links links, Duration time) throws InterruptedException {
        Histogram nanos = new Histogram(3);
        ByteBuffer frame =
                ByteBuffer.allocate(Integer.BYTES + MESSAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, MESSAGE_BYTES);
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - until < 0) {
            long sent = System.nanoTime();
            if (!links.send(TWO, 0, ByteBuffer.wrap(frame.array().clone()))
                    || !echoes.tryAcquire(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a message was lost");
            }
            nanos.recordValue(System.nanoTime() - sent);
        }
        return nanos;
    }

    private static double micros(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e3;
    }

    private LiveIdentity identity(NodeId node) {
        NodeIdentity identity = ca.newIdentity(node, Duration.ofDays(1));
        pins.put(node, identity.spkiSha256());
        return new LiveIdentity(identity);
    }

    private Links open(NodeId node, LiveIdentity identity, Links.Listener listener) {
        LinksOptions options =
                LinksOptions.of(
                                new ClusterId(1, 2),
                                node,
                                1,
                                "bench",
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                pins::get)
                        .withBulk(BulkOptions.DEFAULT.withBytesPerSecond(BulkOptions.UNLIMITED));
        return tcp
                ? TcpLinks.start(options, identity, listener)
                : QuicLinks.start(options, identity, listener);
    }

    /// Hears only what it must.
    private abstract static class Quiet implements Links.Listener {
        private final CountDownLatch up;

        Quiet(CountDownLatch up) {
            this.up = up;
        }

        @Override
        public void linkUp(NodeId peer) {
            up.countDown();
        }

        @Override
        public void linkDown(NodeId peer, String cause) {}

        @Override
        public void refused(String who, String cause) {
            System.err.println(who + ": " + cause);
        }
    }

    private final class Answers extends Quiet {
        Answers(CountDownLatch up) {
            super(up);
        }

        @Override
        public void received(NodeId from, ByteBuffer frame) {
            echoes.release();
        }
    }

    private static final class Echo extends Quiet {
        private volatile @Nullable Links back;

        Echo(CountDownLatch up) {
            super(up);
        }

        @Override
        public void received(NodeId from, ByteBuffer frame) {
            Links links = back;
            ByteBuffer copy =
                    ByteBuffer.allocate(Integer.BYTES + frame.remaining())
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(frame.remaining())
                            .put(frame)
                            .flip();
            if (links != null) {
                var _ = links.send(from, 0, copy);
            }
        }
    }

    /// Zeros without an end.
    private static final class Endless implements BulkLinks.BulkSource {
        @Override
        public int read(ByteBuffer into) {
            int length = into.remaining();
            into.position(into.limit());
            return length;
        }

        @Override
        public void close() {}
    }

    /// Counts, and begins anew if it ends.
    private final class Discard implements BulkLinks.Sink {
        private final BulkLinks bulk;

        Discard(BulkLinks bulk) {
            this.bulk = bulk;
        }

        @Override
        public void chunk(long offset, ByteBuffer bytes) {
            fetchedBytes.add(bytes.remaining());
        }

        @Override
        public void done(long totalBytes, @Nullable Bytes sha256) {}

        @Override
        public void failed(BulkFailure failure) {
            if (fetching) {
                System.err.println("the transfer ended: " + failure);
                bulk.fetch(TWO, Bytes.utf8("endless"), 1, this);
            }
        }
    }
}
