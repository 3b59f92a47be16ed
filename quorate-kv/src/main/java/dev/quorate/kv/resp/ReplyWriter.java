package dev.quorate.kv.resp;

import dev.quorate.kv.command.Reply;
import dev.quorate.types.Bytes;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Puts replies into the words of a protocol version.
public final class ReplyWriter {
    private ReplyWriter() {}

    /// Appends a reply to `out`.
    public static void write(Reply reply, Protocol protocol, ByteBuf out) {
        switch (reply) {
            case Reply.Nil() -> text(protocol == Protocol.RESP3 ? "_" : "$-1", out);
            case Reply.Simple(String text) -> text("+" + oneLine(text), out);
            case Reply.Failure(String text) -> text("-" + oneLine(text), out);
            case Reply.Int(long value) -> header(':', value, out);
            case Reply.Bulk(Bytes value) -> {
                header('$', value.length(), out);
                out.writeBytes(value.asBuffer());
                end(out);
            }
            case Reply.Sequence(List<Reply> items) -> {
                header('*', items.size(), out);
                items.forEach(item -> write(item, protocol, out));
            }
            case Reply.Dictionary(List<Reply> items) -> {
                if (protocol == Protocol.RESP3) {
                    header('%', items.size() / 2L, out);
                } else {
                    header('*', items.size(), out);
                }
                items.forEach(item -> write(item, protocol, out));
            }
        }
    }

    private static void header(char type, long value, ByteBuf out) {
        text(type + Long.toString(value), out);
    }

    private static void text(String text, ByteBuf out) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        end(out);
    }

    private static void end(ByteBuf out) {
        out.writeByte('\r').writeByte('\n');
    }

    /// A line end inside a status or an error would make two replies of one.
    private static String oneLine(String text) {
        return text.replace('\r', ' ').replace('\n', ' ');
    }
}
