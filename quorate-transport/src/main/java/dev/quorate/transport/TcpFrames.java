package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What TCP needs and QUIC has: closing a connection with a code and a sentence. A frame of type
/// [#CLOSE], a code (2 bytes) and the sentence in UTF-8; nothing follows it.
final class TcpFrames {
    /// The frame's first byte; no other frame begins with it.
    static final int CLOSE = 0xF1;

    /// A close as it was read.
    ///
    /// @param code null if this version does not know it
    record Close(@Nullable RefusalCode code, String sentence) {}

    private TcpFrames() {}

    /// Says why, and closes once that is written.
    static void close(Channel channel, RefusalCode code, String sentence) {
        byte[] text = Sentences.utf8(sentence);
        ByteBuf frame = Unpooled.buffer(Integer.BYTES + 3 + text.length);
        frame.writeIntLE(3 + text.length).writeByte(CLOSE).writeShortLE(code.number());
        var _ =
                channel.writeAndFlush(frame.writeBytes(text))
                        .addListener(ChannelFutureListener.CLOSE);
    }

    /// The close in a frame, or null if it is another frame.
    static @Nullable Close close(ByteBuffer frame) {
        ByteBuffer in = frame.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < 3
                || in.remaining() > 3 + Sentences.BYTES_MAX
                || Byte.toUnsignedInt(in.get()) != CLOSE) {
            return null;
        }
        RefusalCode code = RefusalCode.of(Short.toUnsignedInt(in.getShort()));
        byte[] text = new byte[in.remaining()];
        in.get(text);
        return new Close(code, Sentences.printable(new String(text, StandardCharsets.UTF_8)));
    }
}
