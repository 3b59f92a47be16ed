package dev.quorate.kv.resp;

import dev.quorate.kv.command.Decimal;
import dev.quorate.types.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Takes requests out of a connection's bytes: arrays of bulk strings, or inline commands.
///
/// Goes on where it stopped when more bytes arrive. Never holds more than the limits, whatever is
/// announced: memory is taken for bytes that have arrived. Not thread-safe.
///
/// @see <a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">Redis serialization
///   protocol specification</a>
public final class RequestParser {
    private static final int LINE_BYTES_MAX = 64 * 1024;
    private static final int LENGTH_LINE_BYTES_MAX = 32;
    private static final int NO_BULK = -1;

    private final int argumentsMax;
    private final int requestBytesMax;

    private List<Bytes> arguments = new ArrayList<>();
    private int missing;
    private int bulkLength = NO_BULK;
    private int requestBytes;

    /// A parser for one connection.
    ///
    /// @param argumentsMax most arguments of one request, its name included
    /// @param requestBytesMax most bytes that the arguments of one request have together
    public RequestParser(int argumentsMax, int requestBytesMax) {
        this.argumentsMax = argumentsMax;
        this.requestBytesMax = requestBytesMax;
    }

    /// The next request, or null if more bytes are needed. An empty one is to be ignored.
    ///
    /// @throws ProtocolException if the bytes are no request, or one beyond the limits
    public @Nullable List<Bytes> next(ByteBuf in) throws ProtocolException {
        if (missing == 0) {
            if (!in.isReadable()) {
                return null;
            }
            if (in.getByte(in.readerIndex()) != '*') {
                byte[] line = line(in, LINE_BYTES_MAX, "too big inline request");
                return line == null ? null : InlineCommand.split(line);
            }
            byte[] line = line(in, LENGTH_LINE_BYTES_MAX, "too big mbulk count string");
            if (line == null) {
                return null;
            }
            missing = argumentCount(line);
            if (missing == 0) {
                return List.of();
            }
        }
        while (missing > 0) {
            if (!bulk(in)) {
                return null;
            }
        }
        List<Bytes> request = arguments;
        arguments = new ArrayList<>();
        requestBytes = 0;
        return request;
    }

    /// Whether the connection stands between two requests.
    public boolean idle() {
        return missing == 0;
    }

    private int argumentCount(byte[] line) throws ProtocolException {
        OptionalLong count = number(line);
        if (count.isEmpty() || count.getAsLong() > argumentsMax) {
            throw new ProtocolException("invalid multibulk length");
        }
        return (int) Math.max(0, count.getAsLong());
    }

    /// Takes one argument, if it is all there.
    private boolean bulk(ByteBuf in) throws ProtocolException {
        if (bulkLength == NO_BULK) {
            if (in.isReadable() && in.getByte(in.readerIndex()) != '$') {
                char found = (char) (in.getByte(in.readerIndex()) & 0xff);
                throw new ProtocolException("expected '$', got '" + printable(found) + "'");
            }
            byte[] line = line(in, LENGTH_LINE_BYTES_MAX, "too big bulk count string");
            if (line == null) {
                return false;
            }
            OptionalLong length = number(line);
            if (length.isEmpty()
                    || length.getAsLong() < 0
                    || length.getAsLong() > requestBytesMax - requestBytes) {
                throw new ProtocolException("invalid bulk length");
            }
            bulkLength = (int) length.getAsLong();
            requestBytes += bulkLength;
        }
        if (in.readableBytes() < bulkLength + 2) {
            return false;
        }
        arguments.add(Bytes.wrap(ByteBufUtil.getBytes(in, in.readerIndex(), bulkLength, true)));
        // Redis skips two bytes whatever they are
        in.skipBytes(bulkLength + 2);
        bulkLength = NO_BULK;
        missing--;
        return true;
    }

    /// Takes a line without its end, or null if the end is not there yet.
    private static byte @Nullable [] line(ByteBuf in, int maxBytes, String tooLong)
            throws ProtocolException {
        int length = in.bytesBefore((byte) '\n');
        if (length > maxBytes || (length < 0 && in.readableBytes() > maxBytes)) {
            throw new ProtocolException(tooLong);
        }
        if (length < 0) {
            return null;
        }
        byte[] line = new byte[length];
        in.readBytes(line).skipBytes(1);
        if (length > 0 && line[length - 1] == '\r') {
            return Arrays.copyOf(line, length - 1);
        }
        return line;
    }

    /// The number behind a line's type byte.
    private static OptionalLong number(byte[] line) {
        byte[] digits = Arrays.copyOfRange(line, 1, Math.max(1, line.length));
        return Decimal.parse(Bytes.wrap(digits));
    }

    private static char printable(char found) {
        return found < ' ' || found > '~' ? '.' : found;
    }
}
