package dev.quorate.wire;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.SupportMessage;
import dev.quorate.swim.SupportMessage.Refusal;
import dev.quorate.swim.SupportMessage.Request;
import dev.quorate.swim.SupportMessage.Support;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Store liveness as bytes and back; laid out in `docs/formats/swim.md`. Stateless; callable from
/// any thread.
public final class SupportCodec {
    private static final int REQUEST = 1;
    private static final int SUPPORT = 2;
    private static final int REFUSAL = 3;

    private SupportCodec() {}

    /// What [#encode] will write, in bytes.
    public static int encodedBytes(SupportMessage message) {
        return switch (message) {
            case Request _ -> 29;
            case Support _ -> 37;
            case Refusal _ -> 13;
        };
    }

    /// Appends one message. Leaves `target` little-endian.
    ///
    /// @throws java.nio.BufferOverflowException if `target` has less than
    ///   [#encodedBytes(SupportMessage)] left
    public static void encode(SupportMessage message, ByteBuffer target) {
        target.order(ByteOrder.LITTLE_ENDIAN);
        switch (message) {
            case Request request -> {
                target.put((byte) REQUEST);
                SwimCodec.put(request.epoch(), target);
                target.putLong(request.round()).putLong(request.durationMicros());
            }
            case Support support -> {
                target.put((byte) SUPPORT);
                SwimCodec.put(support.epoch(), target);
                target.putLong(support.round()).putLong(support.durationMicros());
                target.putLong(support.boot());
            }
            case Refusal refusal -> {
                target.put((byte) REFUSAL);
                SwimCodec.put(refusal.epoch(), target);
            }
        }
    }

    /// Reads one message; the buffer is left as it was.
    ///
    /// @throws MalformedFrame if the bytes are no message of ours
    public static SupportMessage decode(ByteBuffer bytes) {
        FrameReader in = new FrameReader(bytes);
        int type = in.u8("type");
        Incarnation epoch = SwimCodec.incarnation(in);
        SupportMessage message =
                switch (type) {
                    case REQUEST -> new Request(epoch, in.u63("round"), in.u63("duration"));
                    case SUPPORT ->
                            new Support(
                                    epoch,
                                    in.u63("round"),
                                    in.u63("duration"),
                                    in.u63("boot epoch"));
                    case REFUSAL -> new Refusal(epoch);
                    default -> throw new MalformedFrame("unknown type " + type);
                };
        in.end();
        return message;
    }
}
