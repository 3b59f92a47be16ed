package dev.quorate.transport;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection of an enrolment: a message each way, each with its length in four bytes before
/// it, within a deadline that slow senders cannot stretch.
final class EnrolmentStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EnrolmentDoor.class);

    private final Socket socket;
    private final CountDownLatch closed = new CountDownLatch(1);

    EnrolmentStream(Socket socket, Duration deadline) {
        this.socket = socket;
        Thread.ofVirtual().name("quorate-enrol-deadline").start(() -> expire(deadline));
    }

    void write(Socket over, byte[] message) throws IOException {
        DataOutputStream out = new DataOutputStream(over.getOutputStream());
        byte[] whole = new byte[Integer.BYTES + message.length];
        java.nio.ByteBuffer.wrap(whole).putInt(message.length).put(message);
        out.write(whole);
        out.flush();
    }

    byte[] read(Socket over) throws IOException {
        DataInputStream in = new DataInputStream(over.getInputStream());
        int length = in.readInt();
        if (length < 1 || length > EnrolmentCodec.BYTES_MAX) {
            throw new IOException("a message of " + Integer.toUnsignedString(length) + " bytes");
        }
        // grows with what arrives, not with what is promised
        byte[] message = in.readNBytes(length);
        if (message.length < length) {
            throw new IOException("the message was cut off");
        }
        return message;
    }

    @Override
    public void close() {
        closed.countDown();
        shut();
    }

    private void expire(Duration deadline) {
        try {
            if (!closed.await(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                shut();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void shut() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing {} failed", socket, e);
        }
    }
}
