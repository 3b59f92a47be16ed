package dev.quorate.wire;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.Rumour;
import dev.quorate.swim.SwimMessage;
import dev.quorate.swim.SwimMessage.Ack;
import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.swim.SwimMessage.Nack;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.swim.SwimMessage.PingRequest;
import dev.quorate.swim.SwimMessage.Sync;
import dev.quorate.swim.SwimMessage.SyncReply;
import dev.quorate.swim.SwimPacket;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The failure detector's datagrams as bytes and back; laid out in `docs/formats/swim.md`.
///
/// Fixed-width little-endian fields behind a magic byte and a version. Stateless; callable from any
/// thread.
public final class SwimCodec {
    /// Longest datagram, in bytes.
    public static final int PACKET_BYTES_MAX = 65_000;

    private static final int MAGIC = 0x51;
    private static final int VERSION = 1;
    private static final int PING = 1;
    private static final int PING_REQUEST = 2;
    private static final int ACK = 3;
    private static final int NACK = 4;
    private static final int GOSSIP = 5;
    private static final int SYNC = 6;
    private static final int SYNC_REPLY = 7;

    private SwimCodec() {}

    /// Appends one datagram of [SwimPacket#bytes()] bytes. Leaves `target` little-endian.
    ///
    /// @throws IllegalArgumentException if it would be longer than [#PACKET_BYTES_MAX]
    /// @throws java.nio.BufferOverflowException if `target` has less than that left
    public static void encode(SwimPacket packet, ByteBuffer target) {
        if (packet.bytes() > PACKET_BYTES_MAX) {
            throw new IllegalArgumentException("datagram of " + packet.bytes() + " bytes");
        }
        target.order(ByteOrder.LITTLE_ENDIAN);
        target.put((byte) MAGIC).put((byte) VERSION);
        target.put((byte) number(packet.message())).put((byte) 0);
        target.putLong(packet.cluster().high()).putLong(packet.cluster().low());
        target.putLong(packet.from().value()).putLong(packet.to().value());
        put(packet.incarnation(), target);
        putMessage(packet.message(), target);
        putRumours(packet.rumours(), target);
    }

    private static int number(SwimMessage message) {
        return switch (message) {
            case Ping _ -> PING;
            case PingRequest _ -> PING_REQUEST;
            case Ack _ -> ACK;
            case Nack _ -> NACK;
            case Gossip _ -> GOSSIP;
            case Sync _ -> SYNC;
            case SyncReply _ -> SYNC_REPLY;
        };
    }

    private static void putMessage(SwimMessage message, ByteBuffer target) {
        switch (message) {
            case Ping(long sequence) -> target.putLong(sequence);
            case PingRequest(long sequence, NodeId asked) ->
                    target.putLong(sequence).putLong(asked.value());
            case Ack(long sequence) -> target.putLong(sequence);
            case Nack(long sequence) -> target.putLong(sequence);
            case Gossip _ -> {}
            case Sync(long above, long upTo, List<Rumour> known) -> {
                target.putLong(above).putLong(upTo);
                putRumours(known, target);
            }
            case SyncReply(List<Rumour> known) -> putRumours(known, target);
        }
    }

    private static void putRumours(List<Rumour> rumours, ByteBuffer target) {
        target.putShort((short) rumours.size());
        for (int i = 0; i < rumours.size(); i++) {
            Rumour rumour = rumours.get(i);
            target.putLong(rumour.about().value()).put((byte) number(rumour.state()));
            put(rumour.incarnation(), target);
            target.putLong(rumour.by().value());
        }
    }

    private static int number(Liveness state) {
        return switch (state) {
            case ALIVE -> 0;
            case SUSPECT -> 1;
            case DEAD -> 2;
            case LEFT -> 3;
        };
    }

    static void put(Incarnation incarnation, ByteBuffer target) {
        target.putLong(incarnation.boot()).putInt(incarnation.count());
    }

    /// Reads one datagram; the buffer is left as it was.
    ///
    /// Total: whatever the bytes are, the answer is a packet or [MalformedFrame], and nothing is
    /// allocated beyond a small multiple of what was received.
    ///
    /// @throws MalformedFrame if the bytes are no datagram of ours
    public static SwimPacket decode(ByteBuffer datagram) {
        FrameReader in = new FrameReader(datagram);
        if (in.remaining() > PACKET_BYTES_MAX) {
            throw new MalformedFrame("datagram of " + in.remaining() + " bytes");
        }
        expect(in, MAGIC, "magic");
        expect(in, VERSION, "version");
        int type = in.u8("type");
        expect(in, 0, "flags");
        ClusterId cluster = new ClusterId(in.i64("cluster"), in.i64("cluster"));
        NodeId from = new NodeId(in.positive("sender"));
        NodeId to = new NodeId(in.positive("receiver"));
        Incarnation incarnation = incarnation(in);
        SwimMessage message = message(type, in);
        List<Rumour> rumours = rumours(in);
        in.end();
        return new SwimPacket(cluster, from, to, incarnation, message, rumours);
    }

    private static void expect(FrameReader in, int expected, String field) {
        int found = in.u8(field);
        if (found != expected) {
            throw new MalformedFrame(field + " " + found + " instead of " + expected);
        }
    }

    private static SwimMessage message(int type, FrameReader in) {
        return switch (type) {
            case PING -> new Ping(in.i64("sequence"));
            case PING_REQUEST ->
                    new PingRequest(in.i64("sequence"), new NodeId(in.positive("target")));
            case ACK -> new Ack(in.i64("sequence"));
            case NACK -> new Nack(in.i64("sequence"));
            case GOSSIP -> new Gossip();
            case SYNC -> new Sync(in.u63("above"), in.u63("up to"), rumours(in));
            case SYNC_REPLY -> new SyncReply(rumours(in));
            default -> throw new MalformedFrame("unknown type " + type);
        };
    }

    private static List<Rumour> rumours(FrameReader in) {
        int count = in.u8("rumours") | in.u8("rumours") << 8;
        if (count > in.remaining() / Rumour.BYTES) {
            throw new MalformedFrame(count + " rumours do not fit the datagram");
        }
        List<Rumour> rumours = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rumours.add(
                    new Rumour(
                            new NodeId(in.positive("member")),
                            liveness(in.u8("state")),
                            incarnation(in),
                            new NodeId(in.positive("accuser"))));
        }
        return rumours;
    }

    static Incarnation incarnation(FrameReader in) {
        long boot = in.u63("boot epoch");
        int count = 0;
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            count |= in.u8("refutations") << shift;
        }
        if (boot > Incarnation.BOOT_MAX || count < 0) {
            throw new MalformedFrame("incarnation out of range: " + boot + "." + count);
        }
        return new Incarnation(boot, count);
    }

    private static Liveness liveness(int number) {
        return switch (number) {
            case 0 -> Liveness.ALIVE;
            case 1 -> Liveness.SUSPECT;
            case 2 -> Liveness.DEAD;
            case 3 -> Liveness.LEFT;
            default -> throw new MalformedFrame("unknown state " + number);
        };
    }
}
