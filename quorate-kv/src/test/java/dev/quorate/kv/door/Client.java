package dev.quorate.kv.door;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A Redis client that shows what is on the wire: replies as `redis-cli` would almost print them.
final class Client implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Client(InetSocketAddress address) throws IOException {
        socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.connect(address, 5_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// Sends a command, given with spaces between its arguments, and reads the reply.
    String call(String line) throws IOException {
        send(line);
        return read();
    }

    void send(String line) throws IOException {
        raw(encode(line.split(" ", -1)));
    }

    static String encode(String... arguments) {
        StringBuilder out = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            out.append('$')
                    .append(argument.length())
                    .append("\r\n")
                    .append(argument)
                    .append("\r\n");
        }
        return out.toString();
    }

    void raw(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /// The next reply: bulks as they are, the rest with its type in front.
    String read() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '$' -> rest.equals("-1") ? "(nil)" : bulk(Integer.parseInt(rest));
            case '*' -> items(Integer.parseInt(rest)).toString();
            case '%' -> "%" + items(2 * Integer.parseInt(rest));
            case '_' -> "(null)";
            default -> line;
        };
    }

    /// Whether the server has closed the connection.
    boolean ended() throws IOException {
        return in.read() < 0;
    }

    private List<String> items(int count) throws IOException {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(read());
        }
        return items;
    }

    private String bulk(int length) throws IOException {
        byte[] bytes = in.readNBytes(length + 2);
        if (bytes.length < length + 2) {
            throw new EOFException("inside a bulk string");
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("after '" + line + "'");
            }
            if (next == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).strip();
            }
            line.write(next);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
