package dev.quorate.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// Stands between callers and one node's UDP port and treats datagrams as a bad network does: loses
/// some, repeats some, delays each by a random time (so that they overtake each other), and writes
/// down what it saw. One thread.
final class UdpRelay implements AutoCloseable {
    /// How bad the network is; chances from 0 to 1.
    ///
    /// @param delayMillisMax each datagram takes a random time up to this
    record Weather(double loss, double repeat, int delayMillisMax) {
        static final Weather FINE = new Weather(0, 0, 0);
    }

    /// A datagram on its way.
    private record Flying(
            long atNanos, long sequence, DatagramChannel by, SocketAddress to, ByteBuffer bytes) {}

    private static final int DATAGRAM_BYTES_MAX = 65_535;
    private static final int RECORDED_BYTES_MAX = 64 << 20;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;

    private final InetSocketAddress target;
    private final Weather weather;
    private final Random random;
    private final Selector selector;
    private final DatagramChannel front;
    private final Map<SocketAddress, DatagramChannel> backs = new LinkedHashMap<>();
    private final PriorityQueue<Flying> flying =
            new PriorityQueue<>((a, b) ->
                    a.atNanos() == b.atNanos()
                            ? Long.compare(a.sequence(), b.sequence())
                            : Long.compare(a.atNanos() - b.atNanos(), 0));
    private final List<byte[]> recorded = new ArrayList<>();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final AtomicLong overtaken = new AtomicLong();
    private final Thread thread;
    private long recordedBytes;
    private long sequence;
    private long lastSent;
    private volatile boolean closed;

    UdpRelay(InetSocketAddress target, Weather weather, long seed) throws IOException {
        this.target = target;
        this.weather = weather;
        this.random = new Random(seed);
        this.selector = Selector.open();
        this.front = open();
        this.thread = Thread.ofPlatform().daemon().name("udp-relay").start(this::run);
    }

    /// Where callers call.
    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) front.getLocalAddress();
    }

    /// Whether any datagram so far held these bytes.
    synchronized boolean saw(byte[] needle) {
        return recorded.stream().anyMatch(datagram -> contains(datagram, needle));
    }

    synchronized int datagrams() {
        return recorded.size();
    }

    long lost() {
        return lost.get();
    }

    long repeated() {
        return repeated.get();
    }

    long overtaken() {
        return overtaken.get();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    private DatagramChannel open() throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        return channel;
    }

    private void run() {
        ByteBuffer buffer = ByteBuffer.allocate(DATAGRAM_BYTES_MAX);
        try {
            while (!closed) {
                deliver();
                Flying next = flying.peek();
                long nanos = next == null ? 1_000_000_000L : next.atNanos() - System.nanoTime();
                selector.select(Math.max(1, nanos / 1_000_000));
                for (SelectionKey key : selector.selectedKeys()) {
                    receive((DatagramChannel) key.channel(), buffer);
                }
                selector.selectedKeys().clear();
            }
        } catch (ClosedChannelException e) {
            // closed by the test
        } catch (IOException e) {
            throw new IllegalStateException("the relay failed", e);
        }
    }

    private void receive(DatagramChannel channel, ByteBuffer buffer) throws IOException {
        while (true) {
            buffer.clear();
            SocketAddress from;
            try {
                from = channel.receive(buffer);
            } catch (PortUnreachableException e) {
                continue;
            }
            if (from == null) {
                return;
            }
            byte[] bytes = new byte[buffer.flip().remaining()];
            buffer.get(bytes);
            write(bytes);
            if (channel.equals(front)) {
                DatagramChannel back = backs.get(from);
                if (back == null) {
                    back = open();
                    backs.put(from, back);
                }
                send(back, target, bytes);
            } else {
                send(front, callerOf(channel), bytes);
            }
        }
    }

    private SocketAddress callerOf(DatagramChannel back) {
        for (Map.Entry<SocketAddress, DatagramChannel> known : backs.entrySet()) {
            if (known.getValue().equals(back)) {
                return known.getKey();
            }
        }
        throw new IllegalStateException("a socket without a caller");
    }

    private synchronized void write(byte[] bytes) {
        if (recordedBytes + bytes.length <= RECORDED_BYTES_MAX) {
            recordedBytes += bytes.length;
            recorded.add(bytes);
        }
    }

    private void send(DatagramChannel by, SocketAddress to, byte[] bytes) {
        if (random.nextDouble() < weather.loss()) {
            lost.incrementAndGet();
            return;
        }
        boolean again = random.nextDouble() < weather.repeat();
        if (again) {
            repeated.incrementAndGet();
        }
        for (int i = again ? 2 : 1; i > 0; i--) {
            long delay =
                    weather.delayMillisMax() == 0
                            ? 0
                            : random.nextLong(weather.delayMillisMax() * 1_000_000L);
            flying.add(
                    new Flying(
                            System.nanoTime() + delay, ++sequence, by, to, ByteBuffer.wrap(bytes)));
        }
    }

    private void deliver() throws IOException {
        long now = System.nanoTime();
        while (true) {
            Flying next = flying.peek();
            if (next == null || next.atNanos() - now > 0) {
                return;
            }
            flying.poll();
            if (next.sequence() < lastSent) {
                overtaken.incrementAndGet();
            }
            lastSent = Math.max(lastSent, next.sequence());
            next.by().send(next.bytes().duplicate(), next.to());
        }
    }

    private static boolean contains(byte[] haystack, byte[] needle) {
        for (int at = 0; at + needle.length <= haystack.length; at++) {
            int i = 0;
            while (i < needle.length && haystack[at + i] == needle[i]) {
                i++;
            }
            if (i == needle.length) {
                return true;
            }
        }
        return false;
    }
}
