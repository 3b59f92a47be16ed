package dev.quorate.bench;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/// One pipelined connection to one node: writes go out in batches, replies come back in order.
final class Pipe implements AutoCloseable {
    private static final int IN_BYTES = 256 * 1024;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final Deque<Write> waiting = new ArrayDeque<>();
    private final ByteBuffer in = ByteBuffer.allocate(IN_BYTES);
    private ByteBuffer out;

    /// A write that was sent and not answered yet.
    ///
    /// @param startNanos when its client first sent it
    record Write(long startNanos, int slot) {}

    /// Takes replies.
    interface Replies {
        /// Takes the reply to a write.
        ///
        /// @param error what the node refused it with, empty if it did not
        void answered(Write write, String error);
    }

    /// Connects.
    ///
    /// @param outBytes room for all writes that can wait at once
    Pipe(Selector selector, String address, int outBytes) throws IOException {
        channel = SocketChannel.open(SlotMap.address(address));
        channel.socket().setTcpNoDelay(true);
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
        out = ByteBuffer.allocate(outBytes);
    }

    /// Queues `SET key value`.
    void set(Write write, byte[] name, byte[] value) {
        waiting.add(write);
        if (out.remaining() < name.length + value.length + 64) {
            out = ByteBuffer.allocate(out.capacity() * 2).put(out.flip());
        }
        put("*3\r\n$3\r\nSET\r\n$" + name.length + "\r\n");
        out.put(name);
        put("\r\n$" + value.length + "\r\n");
        out.put(value);
        put("\r\n");
    }

    private void put(String text) {
        out.put(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// Sends what is queued, as far as the socket takes it.
    void flush() throws IOException {
        if (out.position() > 0) {
            channel.write(out.flip());
            boolean left = out.hasRemaining();
            out.compact();
            key.interestOps(
                    left ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    /// Reads what has come, and hands out the replies.
    void read(Replies replies) throws IOException {
        if (channel.read(in) < 0) {
            throw new EOFException("a node closed the connection");
        }
        in.flip();
        for (int end = lineEnd(); end >= 0; end = lineEnd()) {
            String error = "";
            if (in.get(in.position()) == '-') {
                byte[] line = new byte[end - in.position() - 1];
                in.get(in.position() + 1, line);
                error = new String(line, StandardCharsets.UTF_8);
            }
            in.position(end + 2);
            replies.answered(waiting.remove(), error);
        }
        in.compact();
    }

    /// Where the first complete line ends, or -1.
    private int lineEnd() {
        for (int i = in.position(); i < in.limit() - 1; i++) {
            if (in.get(i) == '\r') {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
