package dev.quorate.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Stands between callers and one UDP port: loses one datagram in a hundred, and writes the others
/// down.
final class Eavesdropper implements AutoCloseable {
    private static final int DATAGRAM_BYTES_MAX = 65_535;
    private static final int RECORDED_BYTES_MAX = 32 << 20;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;
    private static final double LOSS = 0.01;

    private final DatagramSocket front;
    private final Map<SocketAddress, DatagramSocket> backs = new ConcurrentHashMap<>();
    private final List<byte[]> recorded = new ArrayList<>();
    private final Random random;
    private long recordedBytes;
    private volatile @Nullable InetSocketAddress target;

    /// @param at where callers call
    Eavesdropper(InetSocketAddress at, long seed) throws SocketException {
        front = open(at);
        random = new Random(seed);
        Thread.ofVirtual().start(() -> pass(front, null));
    }

    InetSocketAddress address() {
        return (InetSocketAddress) front.getLocalSocketAddress();
    }

    /// From now on, what is said goes there; before, nowhere.
    void passTo(InetSocketAddress next) {
        target = next;
    }

    /// How much was written down.
    synchronized long recordedBytes() {
        return recordedBytes;
    }

    /// Whether any datagram held these bytes.
    synchronized boolean saw(byte[] needle) {
        String text = new String(needle, StandardCharsets.ISO_8859_1);
        return recorded.stream()
                .anyMatch(bytes -> new String(bytes, StandardCharsets.ISO_8859_1).contains(text));
    }

    private synchronized boolean isHeard(byte[] bytes) {
        if (recordedBytes + bytes.length <= RECORDED_BYTES_MAX) {
            recordedBytes += bytes.length;
            recorded.add(bytes);
        }
        return random.nextDouble() >= LOSS;
    }

    /// @param caller to whom answers go; null on the side of the callers
    private void pass(DatagramSocket from, @Nullable SocketAddress caller) {
        byte[] buffer = new byte[DATAGRAM_BYTES_MAX];
        while (!from.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                from.receive(packet);
                byte[] bytes = Arrays.copyOf(buffer, packet.getLength());
                SocketAddress to = caller == null ? target : caller;
                if (to != null && isHeard(bytes)) {
                    DatagramSocket by = caller == null ? back(packet.getSocketAddress()) : front;
                    by.send(new DatagramPacket(bytes, bytes.length, to));
                }
            } catch (IOException _) {
                // lost, as datagrams may be
            }
        }
    }

    /// The socket that speaks for a caller.
    private DatagramSocket back(SocketAddress caller) {
        return backs.computeIfAbsent(
                caller,
                unknown -> {
                    try {
                        DatagramSocket socket =
                                open(new InetSocketAddress(front.getLocalAddress(), 0));
                        Thread.ofVirtual().start(() -> pass(socket, unknown));
                        return socket;
                    } catch (SocketException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static DatagramSocket open(InetSocketAddress at) throws SocketException {
        DatagramSocket socket = new DatagramSocket(at);
        socket.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
        return socket;
    }

    @Override
    public void close() {
        front.close();
        backs.values().forEach(DatagramSocket::close);
    }
}
