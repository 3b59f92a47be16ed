package dev.quorate.bench;

import dev.quorate.types.KeySlot;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which node serves which slot, as `CLUSTER SLOTS` and `MOVED` tell. One thread uses it.
final class SlotMap {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int ELEMENTS_MAX = 1 << 20;

    private final List<String> addresses;
    private final int[] nodeOfSlot = new int[KeySlot.COUNT];

    private SlotMap(List<String> addresses) {
        this.addresses = addresses;
        Arrays.fill(nodeOfSlot, 0);
    }

    /// Asks the first node.
    ///
    /// @param addresses `host:port` of every node
    static SlotMap ask(List<String> addresses) throws IOException {
        SlotMap map = new SlotMap(List.copyOf(addresses));
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(address(addresses.getFirst()), TIMEOUT_MILLIS);
            socket.getOutputStream().write("CLUSTER SLOTS\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = new BufferedInputStream(socket.getInputStream());
            if (!(reply(in) instanceof List<?> ranges)) {
                throw new IOException("CLUSTER SLOTS was not answered with a list");
            }
            for (Object range : ranges) {
                map.take(range);
            }
        }
        return map;
    }

    static InetSocketAddress address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        return new InetSocketAddress(
                hostAndPort.substring(0, colon),
                Integer.parseInt(hostAndPort.substring(colon + 1)));
    }

    private void take(Object range) throws IOException {
        if (range instanceof List<?> fields
                && fields.size() >= 3
                && fields.get(0) instanceof Long first
                && fields.get(1) instanceof Long last
                && fields.get(2) instanceof List<?> master) {
            int node = addresses.indexOf(master.get(0) + ":" + master.get(1));
            if (node < 0) {
                throw new IOException("CLUSTER SLOTS names an unknown node: " + master);
            }
            Arrays.fill(nodeOfSlot, first.intValue(), last.intValue() + 1, node);
            return;
        }
        throw new IOException("CLUSTER SLOTS holds something else than ranges: " + range);
    }

    /// The number of the node that serves a slot.
    int nodeOf(int slot) {
        return nodeOfSlot[slot];
    }

    /// Believes `MOVED slot host:port`; words that make no sense are ignored.
    void moved(String error) {
        String[] words = error.split(" ", -1);
        int node = words.length == 3 ? addresses.indexOf(words[2]) : -1;
        if (node >= 0) {
            nodeOfSlot[Integer.parseInt(words[1]) % KeySlot.COUNT] = node;
        }
    }

    private static Object reply(InputStream in) throws IOException {
        String line = line(in);
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case ':' -> Long.valueOf(rest);
            case '$' -> bulk(in, Integer.parseInt(rest));
            case '*' -> {
                int count = Integer.parseInt(rest);
                if (count > ELEMENTS_MAX) {
                    throw new IOException("a list of " + count + " elements is too long");
                }
                List<Object> elements = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    elements.add(reply(in));
                }
                yield elements;
            }
            case '-' -> throw new IOException("the node refused: " + rest);
            default -> rest;
        };
    }

    private static String bulk(InputStream in, int length) throws IOException {
        if (length < 0) {
            return "";
        }
        String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        in.skipNBytes(2);
        return text;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the node closed the connection");
            }
            line.append((char) c);
        }
        in.skipNBytes(1);
        if (line.isEmpty()) {
            throw new IOException("the node sent an empty line");
        }
        return line.toString();
    }
}
