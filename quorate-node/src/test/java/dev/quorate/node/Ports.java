package dev.quorate.node;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports for nodes that tests start: free for UDP and for TCP, since the enrolment door has the
/// number of the links, and outside of what the system gives to those who ask for any, so that a
/// node that was away finds its own free when it comes back.
final class Ports {
    private static final int FIRST = 10_000;
    private static final int END = 20_000;
    private static final int ATTEMPTS = 1_000;

    private Ports() {}

    static int free() throws IOException {
        return free(1).getFirst();
    }

    static List<Integer> free(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (int attempt = 0; attempt < ATTEMPTS && ports.size() < count; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new IOException("no " + count + " free ports found");
        }
        return ports;
    }

    private static boolean isFree(int port) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket _ = new ServerSocket(port, 1, loopback);
                DatagramSocket _ = new DatagramSocket(port, loopback)) {
            return true;
        } catch (BindException _) {
            return false;
        }
    }
}
