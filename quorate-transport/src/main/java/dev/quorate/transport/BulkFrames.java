package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What travels on a transfer's stream, and its bytes; laid out in `docs/formats/wire.md`.
final class BulkFrames {
    /// One frame.
    sealed interface Frame {}

    /// The receiver asks, and says how many bytes it can take at first.
    record Request(long offset, int credit, Bytes what) implements Frame {}

    /// The receiver can take more.
    record Credit(int bytes) implements Frame {}

    /// Some bytes; those of the buffer are valid only while the frame is handled.
    record Chunk(long offset, int crc32c, ByteBuffer content) implements Frame {}

    /// That was all.
    record Done(long totalBytes, @Nullable Bytes sha256) implements Frame {}

    /// The server gives up.
    record Failed(BulkFailure failure) implements Frame {}

    static final int CHUNK_HEADER_BYTES = 1 + 8 + 4;

    /// Longest frame, its length prefix not counted.
    static final int FRAME_BYTES_MAX = CHUNK_HEADER_BYTES + BulkLinks.CHUNK_BYTES_MAX;

    private static final int REQUEST = 1;
    private static final int CREDIT = 2;
    private static final int CHUNK = 3;
    private static final int DONE = 4;
    private static final int FAILED = 5;
    private static final int SHA_BYTES = 32;

    private BulkFrames() {}

    /// The frame's bytes, length prefix included.
    static ByteBuffer encode(Frame frame) {
        return switch (frame) {
            case Request(long offset, int credit, Bytes what) -> {
                ByteBuffer out = begin(REQUEST, 8 + 4 + what.length());
                out.putLong(offset).putInt(credit);
                what.writeTo(out);
                yield out.flip();
            }
            case Credit(int bytes) -> begin(CREDIT, 4).putInt(bytes).flip();
            case Chunk(long offset, int crc, ByteBuffer content) ->
                    begin(CHUNK, 8 + 4 + content.remaining())
                            .putLong(offset)
                            .putInt(crc)
                            .put(content.duplicate())
                            .flip();
            case Done(long total, Bytes sha) -> {
                ByteBuffer out = begin(DONE, 8 + (sha == null ? 0 : SHA_BYTES)).putLong(total);
                if (sha != null) {
                    sha.writeTo(out);
                }
                yield out.flip();
            }
            case Failed(BulkFailure(var code, Retry retry, String sentence)) -> {
                byte[] text = Sentences.utf8(sentence);
                yield begin(FAILED, 2 + text.length)
                        .put((byte) code.number())
                        .put(number(retry))
                        .put(text)
                        .flip();
            }
        };
    }

    private static ByteBuffer begin(int type, int bodyBytes) {
        return ByteBuffer.allocate(Integer.BYTES + 1 + bodyBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(1 + bodyBytes)
                .put((byte) type);
    }

    /// Reads a frame's content. Total: any bytes give a frame or a refusal.
    static Frame decode(ByteBuffer frame) throws Refused {
        ByteBuffer in = frame.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            int type = in.get();
            return switch (type) {
                case REQUEST -> request(in);
                case CREDIT -> new Credit(positive(in.getInt(), "credit"));
                case CHUNK -> chunk(in);
                case DONE -> done(in);
                case FAILED -> failed(in);
                default -> throw malformed("unknown type " + type);
            };
        } catch (BufferUnderflowException e) {
            throw malformed("it is too short");
        }
    }

    private static Request request(ByteBuffer in) throws Refused {
        long offset = notNegative(in.getLong(), "offset");
        int credit = positive(in.getInt(), "credit");
        if (in.remaining() > BulkLinks.REQUEST_BYTES_MAX) {
            throw malformed("the request has " + in.remaining() + " bytes");
        }
        return new Request(offset, credit, Bytes.read(in, in.remaining()));
    }

    private static Chunk chunk(ByteBuffer in) throws Refused {
        long offset = notNegative(in.getLong(), "offset");
        int crc = in.getInt();
        if (!in.hasRemaining()) {
            throw malformed("the chunk is empty");
        }
        return new Chunk(offset, crc, in.slice());
    }

    private static Done done(ByteBuffer in) throws Refused {
        long total = notNegative(in.getLong(), "total");
        if (in.remaining() != 0 && in.remaining() != SHA_BYTES) {
            throw malformed("the digest has " + in.remaining() + " bytes");
        }
        return new Done(total, in.hasRemaining() ? Bytes.read(in, SHA_BYTES) : null);
    }

    private static Failed failed(ByteBuffer in) throws Refused {
        int number = Byte.toUnsignedInt(in.get());
        BulkFailure.Code code = BulkFailure.Code.of(number);
        Retry retry = retry(in.get());
        if (in.remaining() > Sentences.BYTES_MAX) {
            throw malformed("the sentence has " + in.remaining() + " bytes");
        }
        byte[] text = Bytes.read(in, in.remaining()).toByteArray();
        String sentence = Sentences.printable(new String(text, StandardCharsets.UTF_8));
        // a later version's code says less to us than its retry class
        return new Failed(
                new BulkFailure(
                        code == null ? BulkFailure.Code.SOURCE_FAILED : code, retry, sentence));
    }

    private static byte number(Retry retry) {
        return switch (retry) {
            case NOW -> 1;
            case LATER -> 2;
            case REDIRECT -> 3;
            case NEVER -> 4;
        };
    }

    private static Retry retry(int number) throws Refused {
        for (Retry retry : Retry.values()) {
            if (number(retry) == number) {
                return retry;
            }
        }
        throw malformed("unknown retry class " + number);
    }

    private static int positive(int value, String field) throws Refused {
        if (value <= 0) {
            throw malformed(field + " of " + value);
        }
        return value;
    }

    private static long notNegative(long value, String field) throws Refused {
        if (value < 0) {
            throw malformed(field + " of " + value);
        }
        return value;
    }

    private static Refused malformed(String what) {
        return new Refused(
                RefusalCode.PROTOCOL_ERROR, "a frame of a transfer is malformed: " + what);
    }
}
