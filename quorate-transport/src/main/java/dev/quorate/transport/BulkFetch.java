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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One transfer that this node fetches: what comes waits for the sink on a virtual thread, and only
/// what the sink took is asked for anew.
final class BulkFetch implements BulkLinks.Transfer, TransferReader.End {
    /// Credit is given back in portions of at least this size.
    private static final int CREDIT_BYTES_MIN = BulkLinks.CHUNK_BYTES_MAX;

    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    /// What the event loop has for the sink's thread.
    private sealed interface Event {}

    private record Arrived(long offset, int crc32c, ByteBuffer bytes) implements Event {}

    private record Complete(Done done) implements Event {}

    private record Over(BulkFailure failure) implements Event {}

    private final NodeId peer;
    private final Request request;
    private final BulkLinks.Sink sink;
    private final BulkOptions options;
    private final Runnable onEnd;
    // bounded by the credit
    private final LinkedBlockingDeque<Event> events = new LinkedBlockingDeque<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable Channel stream;
    // of the sink's thread
    private long deliveredBytes;
    // of the event loop
    private long nextOffset;
    private long creditBytes = BulkLinks.WINDOW_BYTES;

    /// @param onEnd run once, when nothing more will be told to the sink
    BulkFetch(
            NodeId peer,
            Bytes what,
            long offset,
            BulkLinks.Sink sink,
            BulkOptions options,
            Runnable onEnd) {
        this.peer = peer;
        this.request = new Request(offset, BulkLinks.WINDOW_BYTES, what);
        this.sink = sink;
        this.options = options;
        this.onEnd = onEnd;
        this.nextOffset = offset;
        this.deliveredBytes = offset;
    }

    /// Starts to serve the sink.
    void start() {
        Thread.ofVirtual().name("quorate-bulk-from-" + peer).start(this::run);
    }

    /// The stream is open: asks. On the event loop.
    ///
    /// @param prefix what goes before the request
    void opened(Channel opened, ByteBuf prefix) {
        stream = opened;
        if (over.get()) {
            prefix.release();
            var _ = opened.close();
            return;
        }
        var _ =
                opened.writeAndFlush(
                        Unpooled.wrappedBuffer(
                                prefix, Unpooled.wrappedBuffer(BulkFrames.encode(request))));
    }

    @Override
    public void cancel() {
        // ahead of what waits for the sink
        events.addFirst(
                new Over(
                        new BulkFailure(
                                BulkFailure.Code.CANCELLED, Retry.NEVER, "it was cancelled here")));
    }

    @Override
    public void frame(Frame frame) throws Refused {
        switch (frame) {
            case Chunk(long offset, int crc, ByteBuffer content) -> {
                int length = content.remaining();
                if (offset != nextOffset || length > creditBytes) {
                    throw new Refused(
                            RefusalCode.PROTOCOL_ERROR,
                            peer + " sent bytes that were not asked for");
                }
                nextOffset += length;
                creditBytes -= length;
                ByteBuffer copy = ByteBuffer.allocate(length).put(content).flip();
                events.add(new Arrived(offset, crc, copy));
            }
            case Done done -> events.add(new Complete(done));
            case Failed(BulkFailure failure) ->
                    fail(
                            new BulkFailure(
                                    failure.code(),
                                    failure.retry(),
                                    peer + ": " + failure.sentence()));
            case Request _, Credit _ ->
                    throw new Refused(
                            RefusalCode.PROTOCOL_ERROR, peer + " sent a frame out of turn");
        }
    }

    @Override
    public void gone(String cause) {
        fail(new BulkFailure(BulkFailure.Code.LINK, Retry.LATER, peer + ": " + cause));
    }

    /// Ends it unless it has ended. From any thread.
    void fail(BulkFailure failure) {
        events.add(new Over(failure));
    }

    // ---- on the virtual thread ---------------------------------------------------------------

    private void run() {
        try {
            BulkFailure failure = deliver();
            over.set(true);
            if (failure != null) {
                sink.failed(failure);
            }
        } catch (RuntimeException e) {
            LOG.error("the sink of a transfer from {} failed", peer, e);
        } finally {
            over.set(true);
            close();
            onEnd.run();
        }
    }

    /// Hands on what comes until it ends.
    ///
    /// @return null if all came
    private @Nullable BulkFailure deliver() {
        MessageDigest whole = request.offset() == 0 ? Digests.sha256() : null;
        int taken = 0;
        try {
            while (true) {
                Event event = events.poll(options.idleTimeout().toMillis(), TimeUnit.MILLISECONDS);
                switch (event) {
                    case Arrived arrived -> {
                        if (!isSound(arrived)) {
                            return damaged("bytes at " + arrived.offset());
                        }
                        if (whole != null) {
                            whole.update(arrived.bytes().duplicate());
                        }
                        taken += arrived.bytes().remaining();
                        sink.chunk(arrived.offset(), arrived.bytes().asReadOnlyBuffer());
                        deliveredBytes += arrived.bytes().remaining();
                        taken = giveBack(taken);
                    }
                    case Complete(Done done) -> {
                        return complete(done, whole);
                    }
                    case Over(BulkFailure failure) -> {
                        return failure;
                    }
                    case null -> {
                        return new BulkFailure(
                                BulkFailure.Code.IDLE,
                                Retry.LATER,
                                "nothing came from " + peer + " for " + options.idleTimeout());
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("what came from {} could not be kept", peer, e);
            return new BulkFailure(
                    BulkFailure.Code.SINK_FAILED,
                    Retry.LATER,
                    "it could not be kept: " + e.getMessage());
        } catch (InterruptedException e) {
            return new BulkFailure(BulkFailure.Code.CANCELLED, Retry.NEVER, "interrupted");
        }
    }

    private @Nullable BulkFailure complete(Done done, @Nullable MessageDigest whole)
            throws IOException {
        Bytes ours = whole == null ? null : Bytes.wrap(whole.digest());
        if (ours != null && !Objects.equals(ours, done.sha256())) {
            return damaged("the digest of the whole");
        }
        if (done.totalBytes() != deliveredBytes) {
            return damaged("the length of the whole");
        }
        sink.done(done.totalBytes(), ours);
        return null;
    }

    private static boolean isSound(Arrived arrived) {
        CRC32C crc = new CRC32C();
        crc.update(arrived.bytes().duplicate());
        return (int) crc.getValue() == arrived.crc32c();
    }

    private BulkFailure damaged(String what) {
        return new BulkFailure(
                BulkFailure.Code.DAMAGED, Retry.NOW, what + " from " + peer + " are damaged");
    }

    /// Gives credit back once there is enough of it.
    ///
    /// @return what was not given back yet
    private int giveBack(int taken) {
        Channel open = stream;
        if (taken < CREDIT_BYTES_MIN || open == null) {
            return taken;
        }
        open.eventLoop()
                .execute(() -> {
                    creditBytes += taken;
                    ByteBuffer frame = BulkFrames.encode(new Credit(taken));
                    var _ = open.writeAndFlush(Unpooled.wrappedBuffer(frame));
                });
        return 0;
    }

    private void close() {
        Channel open = stream;
        if (open != null) {
            var _ = open.close();
        }
    }
}
