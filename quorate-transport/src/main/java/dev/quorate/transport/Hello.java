package dev.quorate.transport;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The first frame of a connection, both ways: who speaks, and which language.
///
/// ```text
/// u8 1 | u16 protocolMin | u16 protocolMax | u64 features | u64 u64 cluster | u64 node
/// | u64 bootEpoch | u64 nonce | u8 buildLength | build in UTF-8 | extensions
/// extension = u8 tag | u16 length | content;   tag 1 = u16 bulkPort
/// ```
///
/// Little-endian; unknown extensions are skipped. A refusal is no frame but the close of the
/// connection: a [RefusalCode] and a sentence.
///
/// @param features one bit per optional ability of the sender; unknown ones are ignored
/// @param nonce random for each start, so that two nodes at one boot epoch are told apart
/// @param bulkPort where bulk transfers are served, on the host of the links; 0 for nowhere
record Hello(
        int protocolMin,
        int protocolMax,
        long features,
        ClusterId cluster,
        NodeId node,
        long bootEpoch,
        long nonce,
        String build,
        int bulkPort) {
    /// Longest hello that is read, in bytes.
    static final int BYTES_MAX = 1024;

    private static final byte TYPE = 1;
    private static final int BULK_PORT = 1;
    private static final int EXTENSION_HEADER_BYTES = 1 + 2;
    private static final int FIXED_BYTES = 1 + 2 + 2 + 8 + 16 + 8 + 8 + 8 + 1;

    /// From a node that serves no bulk transfers.
    Hello(
            int protocolMin,
            int protocolMax,
            long features,
            ClusterId cluster,
            NodeId node,
            long bootEpoch,
            long nonce,
            String build) {
        this(protocolMin, protocolMax, features, cluster, node, bootEpoch, nonce, build, 0);
    }

    /// What a node says of itself.
    static Hello of(LinksOptions options, long nonce) {
        return new Hello(
                FeatureSet.PROTOCOL_MIN,
                options.offered().protocol(),
                options.offered().bits(),
                options.cluster(),
                options.self(),
                options.bootEpoch(),
                nonce,
                options.build(),
                0);
    }

    /// The same from a node that serves bulk transfers.
    Hello withBulkPort(int port) {
        return new Hello(
                protocolMin, protocolMax, features, cluster, node, bootEpoch, nonce, build, port);
    }

    /// What this node and a peer that it accepted both understand.
    FeatureSet common(Hello theirs) {
        return new FeatureSet(protocolMax, features)
                .common(new FeatureSet(theirs.protocolMax, theirs.features));
    }

    /// The hello as a frame, length included.
    ByteBuffer frame() {
        byte[] text = build.getBytes(StandardCharsets.UTF_8);
        int extensionBytes = bulkPort == 0 ? 0 : EXTENSION_HEADER_BYTES + Short.BYTES;
        int length = FIXED_BYTES + text.length + extensionBytes;
        ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(length).put(TYPE);
        out.putShort((short) protocolMin).putShort((short) protocolMax).putLong(features);
        out.putLong(cluster.high()).putLong(cluster.low()).putLong(node.value());
        out.putLong(bootEpoch).putLong(nonce).put((byte) text.length).put(text);
        if (bulkPort != 0) {
            out.put((byte) BULK_PORT).putShort((short) Short.BYTES).putShort((short) bulkPort);
        }
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
            int bulkPort = bulkPort(in);
            return new Hello(
                    min, max, features, cluster, node, bootEpoch, nonce, text(build), bulkPort);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "the hello cannot be read");
        }
    }

    /// Looks for the extension; a rest that holds no whole extension is of no use to anybody.
    private static int bulkPort(ByteBuffer in) {
        while (in.remaining() >= EXTENSION_HEADER_BYTES) {
            int tag = Byte.toUnsignedInt(in.get());
            int length = Short.toUnsignedInt(in.getShort());
            if (length > in.remaining()) {
                return 0;
            }
            if (tag == BULK_PORT && length == Short.BYTES) {
                return Short.toUnsignedInt(in.getShort());
            }
            in.position(in.position() + length);
        }
        return 0;
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
