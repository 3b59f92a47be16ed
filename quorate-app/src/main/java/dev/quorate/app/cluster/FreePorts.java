package dev.quorate.app.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Finds ports of the loopback address that nobody uses, never the same one twice.
///
/// Ports come from below the range that kernels hand to outgoing connections (32768 on Linux), so
/// that a node that is down for a while finds its port still free.
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int END = 32_000;
    private static final int ATTEMPTS_MAX = 1_000;

    private final RandomGenerator random;
    private final Set<Integer> taken = new HashSet<>();

    /// @param random where to begin looking; two commands at once should not begin alike
    public FreePorts(RandomGenerator random) {
        this.random = random;
    }

    /// Takes a port, or fails with a sentence that names it and what it was wanted for.
    public int take(int port, String purpose) {
        if (port < 1 || port > 65_535) {
            throw new CommandFailure(
                    "Port " + port + " for " + purpose + " is not between 1 and 65535.");
        }
        if (!taken.add(port) || !free(port)) {
            throw new CommandFailure(
                    "Port "
                            + port
                            + " for "
                            + purpose
                            + " is in use. Stop what uses it, or choose another; 0 takes any free"
                            + " one.");
        }
        return port;
    }

    /// Takes any free port.
    public int any() {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            int port = random.nextInt(FIRST, END);
            if (!taken.contains(port) && free(port)) {
                taken.add(port);
                return port;
            }
        }
        throw new CommandFailure(
                "No free port found between " + FIRST + " and " + END + " on this machine.");
    }

    /// Whether both the TCP and the UDP port could be bound just now.
    public static boolean free(int port) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket tcp = new ServerSocket();
                DatagramSocket udp = new DatagramSocket(null)) {
            tcp.setReuseAddress(true);
            tcp.bind(new InetSocketAddress(loopback, port));
            udp.bind(new InetSocketAddress(loopback, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
