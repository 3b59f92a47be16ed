package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.transport.BulkFrames.Chunk;
import dev.quorate.transport.BulkFrames.Credit;
import dev.quorate.transport.BulkFrames.Done;
import dev.quorate.transport.BulkFrames.Failed;
import dev.quorate.transport.BulkFrames.Frame;
import dev.quorate.transport.BulkFrames.Request;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One transfer that this node serves: reads on a virtual thread of its own, and sends only what
/// the receiver gave credit for.
final class BulkServing implements TransferReader.End {
    /// How long the receiver gets to take the last frame and end the stream.
    private static final long FAREWELL_MILLIS = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    /// The transfer is over; nobody is left to tell.
    private static final class Gone extends Exception {
        private static final long serialVersionUID = 1L;

        Gone() {
            super(null, null, false, false);
        }
    }

    private final BulkService service;
    private final NodeId peer;
    private final Channel stream;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // guarded by the lock
    private long creditBytes;
    private boolean gone;
    // of the event loop
    private boolean asked;

    BulkServing(BulkService service, NodeId peer, Channel stream) {
        this.service = service;
        this.peer = peer;
        this.stream = stream;
    }

    NodeId peer() {
        return peer;
    }

    @Override
    public void frame(Frame frame) throws Refused {
        switch (frame) {
            case Request request when !asked -> {
                asked = true;
                credit(request.credit());
                begin(request);
            }
            case Credit(int bytes) when asked -> credit(bytes);
            case Request _, Credit _, Chunk _, Done _, Failed _ ->
                    throw new Refused(
                            RefusalCode.PROTOCOL_ERROR, peer + " sent a frame out of turn");
        }
    }

    /// The receiver left, or must. From any thread.
    @Override
    public void gone(String cause) {
        lock.lock();
        try {
            if (!gone) {
                LOG.debug("the transfer to {} ended: {}", peer, cause);
            }
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (stream.isOpen()) {
            var _ = stream.close();
        }
    }

    private void begin(Request request) {
        if (service.enter(this)) {
            Thread.ofVirtual().name("quorate-bulk-to-" + peer).start(() -> run(request));
        } else {
            last(
                    new Failed(
                            new BulkFailure(
                                    BulkFailure.Code.BUSY,
                                    Retry.LATER,
                                    "this node serves "
                                            + service.options().servedMax()
                                            + " transfers already")));
        }
    }

    private void credit(int bytes) throws Refused {
        lock.lock();
        try {
            creditBytes += bytes;
            if (creditBytes > BulkLinks.WINDOW_BYTES) {
                throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " gave too much credit");
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- on the virtual thread ---------------------------------------------------------------

    private void run(Request request) {
        try (BulkLinks.BulkSource source = service.open(peer, request.what(), request.offset())) {
            last(send(source, request.offset()));
        } catch (Gone | InterruptedException e) {
            // said already where it was noticed
        } catch (BulkRefused refused) {
            last(new Failed(refused.failure()));
        } catch (IOException | RuntimeException failure) {
            LOG.warn("what {} fetches could not be read", peer, failure);
            last(
                    new Failed(
                            new BulkFailure(
                                    BulkFailure.Code.SOURCE_FAILED,
                                    Retry.LATER,
                                    "it could not be read: " + failure.getMessage())));
        } finally {
            service.leave(this);
        }
    }

    private Frame send(BulkLinks.BulkSource source, long from)
            throws IOException, Gone, InterruptedException {
        MessageDigest whole = from == 0 ? Digests.sha256() : null;
        ByteBuffer buffer = ByteBuffer.allocate(BulkLinks.CHUNK_BYTES_MAX);
        long offset = from;
        while (fill(source, buffer)) {
            int length = buffer.remaining();
            awaitCredit(length);
            awaitPace(length);
            CRC32C crc = new CRC32C();
            crc.update(buffer.duplicate());
            if (whole != null) {
                whole.update(buffer.duplicate());
            }
            write(new Chunk(offset, (int) crc.getValue(), buffer));
            offset += length;
            buffer.clear();
        }
        return new Done(offset, whole == null ? null : Bytes.wrap(whole.digest()));
    }

    private boolean fill(BulkLinks.BulkSource source, ByteBuffer buffer) throws IOException, Gone {
        int empty = 0;
        while (buffer.hasRemaining()) {
            requireThere();
            int read = source.read(buffer);
            if (read < 0) {
                break;
            }
            empty = read == 0 ? empty + 1 : 0;
            if (empty > 1_000) {
                throw new IOException("the source gives nothing, and no end either");
            }
        }
        return buffer.flip().hasRemaining();
    }

    private void awaitCredit(int bytes) throws Gone, InterruptedException {
        long nanos = service.options().idleTimeout().toNanos();
        lock.lock();
        try {
            while (!gone && creditBytes < bytes) {
                if (nanos <= 0) {
                    idle();
                    throw new Gone();
                }
                nanos = changed.awaitNanos(nanos);
            }
            creditBytes -= bytes;
        } finally {
            lock.unlock();
        }
        requireThere();
    }

    private void awaitPace(int bytes) throws Gone, InterruptedException {
        long nanos = service.pacer().book(bytes, System.nanoTime());
        lock.lock();
        try {
            while (!gone && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
        requireThere();
    }

    private void idle() {
        last(
                new Failed(
                        new BulkFailure(
                                BulkFailure.Code.IDLE,
                                Retry.LATER,
                                "nothing was taken for " + service.options().idleTimeout())));
    }

    private void requireThere() throws Gone {
        lock.lock();
        try {
            if (gone) {
                throw new Gone();
            }
        } finally {
            lock.unlock();
        }
    }

    private void write(Frame frame) {
        var _ =
                stream.writeAndFlush(Unpooled.wrappedBuffer(BulkFrames.encode(frame)))
                        .addListener(written -> {
                            if (!written.isSuccess()) {
                                gone("it could not be written: " + written.cause());
                            }
                        });
    }

    /// Writes the last frame. The receiver ends the stream once it has it: whoever closes first may
    /// cut off what is still under way.
    private void last(Frame frame) {
        write(frame);
        var _ =
                stream.eventLoop()
                        .schedule(
                                (Runnable) () -> gone("it is over"),
                                FAREWELL_MILLIS,
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public String toString() {
        return "transfer to " + peer;
    }
}
