package dev.quorate.transport;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The first frame of a connection, both ways: who speaks, and which language.
///
/// ```text
/// u8 1 | u16 protocolMin | u16 protocolMax | u64 features | u64 u64 cluster | u64 node
/// | u64 bootEpoch | u64 nonce | u8 buildLength | build in UTF-8 | whatever later versions add
/// ```
///
/// Little-endian. A refusal is no frame but the close of the connection: a [RefusalCode] and a
/// sentence.
///
/// @param features one bit per optional ability of the sender; unknown ones are ignored
/// @param nonce random for each start, so that two nodes at one boot epoch are told apart
record Hello(
        int protocolMin,
        int protocolMax,
        long features,
        ClusterId cluster,
        NodeId node,
        long bootEpoch,
        long nonce,
        String build) {
    /// The only protocol so far.
    static final int PROTOCOL = 1;

    /// Longest hello that is read, in bytes.
    static final int BYTES_MAX = 1024;

    private static final byte TYPE = 1;
    private static final int FIXED_BYTES = 1 + 2 + 2 + 8 + 16 + 8 + 8 + 8 + 1;

    /// What a node says of itself.
    static Hello of(LinksOptions options, long nonce) {
        return new Hello(
                PROTOCOL,
                PROTOCOL,
                0,
                options.cluster(),
                options.self(),
                options.bootEpoch(),
                nonce,
                options.build());
    }

    /// The hello as a frame, length included.
    ByteBuffer frame() {
        byte[] text = build.getBytes(StandardCharsets.UTF_8);
        int length = FIXED_BYTES + text.length;
        ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(length).put(TYPE);
        out.putShort((short) protocolMin).putShort((short) protocolMax).putLong(features);
        out.putLong(cluster.high()).putLong(cluster.low()).putLong(node.value());
        out.putLong(bootEpoch).putLong(nonce).put((byte) text.length).put(text);
        return out.flip();
    }

    /// Reads a frame's content. Total: any bytes give a hello or a refusal.
    static Hello decode(ByteBuffer frame) throws Refused {
        if (frame.remaining() > BYTES_MAX) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "the hello is too long");
        }
        ByteBuffer in = frame.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (in.get() != TYPE) {
                throw new Refused(RefusalCode.PROTOCOL_ERROR, "the first frame is no hello");
            }
            int min = Short.toUnsignedInt(in.getShort());
            int max = Short.toUnsignedInt(in.getShort());
            long features = in.getLong();
            ClusterId cluster = new ClusterId(in.getLong(), in.getLong());
            NodeId node = new NodeId(in.getLong());
            long bootEpoch = in.getLong();
            long nonce = in.getLong();
            byte[] build = new byte[Byte.toUnsignedInt(in.get())];
            in.get(build);
            return new Hello(min, max, features, cluster, node, bootEpoch, nonce, text(build));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "the hello cannot be read");
        }
    }

    /// Checks a peer's hello against ours and against its certificate.
    ///
    /// @param certified who the certificate says it is
    void accept(Hello theirs, NodeId certified) throws Refused {
        if (theirs.protocolMax < protocolMin || theirs.protocolMin > protocolMax) {
            throw new Refused(
                    RefusalCode.PROTOCOL,
                    "it speaks protocol %d to %d, this node %d to %d: upgrade one of them"
                            .formatted(
                                    theirs.protocolMin,
                                    theirs.protocolMax,
                                    protocolMin,
                                    protocolMax));
        }
        if (!theirs.cluster.equals(cluster)) {
            throw new Refused(
                    RefusalCode.CLUSTER,
                    "it says cluster " + theirs.cluster + ", this is cluster " + cluster);
        }
        if (!theirs.node.equals(certified)) {
            throw new Refused(
                    RefusalCode.NAME,
                    "it says it is " + theirs.node + ", its certificate says " + certified);
        }
    }

    private static String text(byte[] utf8) {
        return Sentences.printable(new String(utf8, StandardCharsets.UTF_8));
    }
}
