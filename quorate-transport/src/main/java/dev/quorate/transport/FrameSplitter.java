package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Cuts one lane's bytes into frames.
///
/// A whole frame is a view of the received bytes; only one that arrives in pieces is copied. What
/// is held never exceeds twice what arrived of the current frame, whatever length it claims. Owned
/// by one event loop.
final class FrameSplitter {
    /// Takes one frame's content, little-endian and valid only during the call.
    @FunctionalInterface
    interface Sink {
        void frame(ByteBuffer content) throws Refused;
    }

    private final ByteBufAllocator allocator;
    private final int bytesMax;
    private final Sink sink;
    private @Nullable ByteBuf partial;
    private boolean closed;

    /// @param bytesMax longest frame; a longer one is refused before it is kept
    FrameSplitter(ByteBufAllocator allocator, int bytesMax, Sink sink) {
        this.allocator = allocator;
        this.bytesMax = bytesMax;
        this.sink = sink;
    }

    /// Hands on every frame that is complete now. Does not release `in`.
    ///
    /// @throws Refused if a frame is too long, or the sink throws it
    void add(ByteBuf in) throws Refused {
        while (partial != null && in.isReadable() && !closed) {
            complete(partial, in);
        }
        while (in.readableBytes() >= Integer.BYTES && !closed) {
            int length = checked(in.getIntLE(in.readerIndex()));
            if (in.readableBytes() - Integer.BYTES < length) {
                break;
            }
            in.skipBytes(Integer.BYTES);
            int at = in.readerIndex();
            in.skipBytes(length);
            deliver(in, at, length);
        }
        if (in.isReadable() && !closed) {
            ByteBuf rest = allocator.buffer(in.readableBytes());
            rest.writeBytes(in);
            partial = rest;
        }
    }

    /// Frees what is held; later bytes are ignored.
    void close() {
        closed = true;
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    private void complete(ByteBuf held, ByteBuf in) throws Refused {
        if (held.readableBytes() < Integer.BYTES) {
            move(in, held, Integer.BYTES - held.readableBytes());
            if (held.readableBytes() < Integer.BYTES) {
                return;
            }
        }
        int length = checked(held.getIntLE(held.readerIndex()));
        move(in, held, Integer.BYTES + length - held.readableBytes());
        if (held.readableBytes() == Integer.BYTES + length) {
            partial = null;
            try {
                deliver(held, held.readerIndex() + Integer.BYTES, length);
            } finally {
                held.release();
            }
        }
    }

    private void deliver(ByteBuf from, int at, int length) throws Refused {
        sink.frame(from.nioBuffer(at, length).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static void move(ByteBuf from, ByteBuf to, int most) {
        to.writeBytes(from, Math.min(most, from.readableBytes()));
    }

    private int checked(int length) throws Refused {
        if (length < 0 || length > bytesMax) {
            throw new Refused(
                    RefusalCode.PROTOCOL_ERROR,
                    "a frame claims "
                            + Integer.toUnsignedString(length)
                            + " bytes; at most "
                            + bytesMax
                            + " are allowed");
        }
        return length;
    }
}
