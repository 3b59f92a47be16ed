package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Everything of the links, transfers and enrolment that takes bytes from outside.
enum TransportFuzzTarget implements FuzzTarget {
    /// The first frame of a connection: [Hello].
    HELLO(16) {
        @Override
        public String run(byte[] input) throws Refused {
            Hello hello = Hello.decode(ByteBuffer.wrap(input));
            FuzzTarget.require(hello.build().length() <= 255, "the build is too long");
            return hello.bulkPort() == 0 ? "links" : "links and bulk";
        }

        @Override
        public List<byte[]> seeds() {
            Hello plain = new Hello(1, 2, 3, CLUSTER, new NodeId(2), 5, 6, "build 1");
            return List.of(
                    rest(plain.frame().position(Integer.BYTES)),
                    rest(plain.withBulkPort(4711).frame().position(Integer.BYTES)));
        }
    },

    /// Frames of transfers: [BulkFrames].
    BULK_FRAMES(16) {
        @Override
        public String run(byte[] input) throws Refused {
            BulkFrames.Frame frame = BulkFrames.decode(ByteBuffer.wrap(input));
            ByteBuffer again = BulkFrames.encode(frame).position(Integer.BYTES);
            FuzzTarget.require(
                    frame.equals(BulkFrames.decode(again)), "it means something else now");
            return frame.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            List<BulkFrames.Frame> frames =
                    List.of(
                            new BulkFrames.Request(7, 131_072, Bytes.utf8("what")),
                            new BulkFrames.Credit(32_768),
                            new BulkFrames.Chunk(7, 1, ByteBuffer.wrap(new byte[100])),
                            new BulkFrames.Done(9, null),
                            new BulkFrames.Done(9, Bytes.wrap(new byte[32])),
                            new BulkFrames.Failed(
                                    new BulkFailure(BulkFailure.Code.BUSY, Retry.LATER, "no")));
            return frames.stream()
                    .map(frame -> rest(BulkFrames.encode(frame).position(Integer.BYTES)))
                    .toList();
        }
    },

    /// A lane's bytes, cut at random: [FrameSplitter]. The first byte says how.
    FRAME_SPLITTER(32) {
        @Override
        public String run(byte[] input) throws Refused {
            int step = input.length == 0 ? 1 : 1 + Byte.toUnsignedInt(input[0]);
            FrameSplitter splitter =
                    new FrameSplitter(UnpooledByteBufAllocator.DEFAULT, 100_000, frame -> {});
            ByteBuf stream = Unpooled.wrappedBuffer(input);
            try {
                while (stream.isReadable()) {
                    splitter.add(stream.readSlice(Math.min(step, stream.readableBytes())));
                }
            } finally {
                splitter.close();
            }
            return step > 9 ? "few" : "many";
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(
                    rest(TestCluster.frames("", "a", "some frame", "x".repeat(300))),
                    rest(TestCluster.frames("x".repeat(5_000), "y")));
        }
    },

    /// How a connection over TCP is closed: [TcpFrames].
    TCP_CLOSE(16) {
        @Override
        public String run(byte[] input) {
            TcpFrames.Close close = TcpFrames.close(ByteBuffer.wrap(input));
            FuzzTarget.require(
                    close == null || close.sentence().length() <= Sentences.BYTES_MAX,
                    "the sentence is too long");
            return close == null ? "none" : String.valueOf(close.code());
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(new byte[] {(byte) 0xF1, 1, 1, 'n', 'o'});
        }
    },

    /// Tokens that come back with a caller's first packet: [AddressTokens].
    ADDRESS_TOKEN(64) {
        @Override
        public String run(byte[] input) {
            int offset = TOKENS.validateToken(Unpooled.wrappedBuffer(input), CALLER);
            FuzzTarget.require(offset == -1 || offset <= input.length, "an offset behind the end");
            return offset == -1 ? "no" : "yes";
        }

        @Override
        public List<byte[]> seeds() {
            ByteBuf token = Unpooled.buffer();
            TOKENS.writeToken(token, Unpooled.wrappedBuffer(new byte[16]), CALLER);
            byte[] bytes = new byte[token.readableBytes()];
            token.readBytes(bytes);
            return List.of(bytes);
        }
    },

    /// Text with certificates and keys: [PemFile].
    PEM(64) {
        @Override
        public String run(byte[] input) {
            String text = new String(input, StandardCharsets.UTF_8);
            for (byte[] der : PemFile.decode("CERTIFICATE", text)) {
                FuzzTarget.require(der.length <= input.length, "more than there was");
            }
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(
                    PemFile.encode("CERTIFICATE", new byte[200]).getBytes(StandardCharsets.UTF_8),
                    PemFile.encode("EC PRIVATE KEY", new byte[64])
                            .getBytes(StandardCharsets.UTF_8));
        }
    },

    /// The name in a certificate: [NodeName].
    NODE_NAME(64) {
        @Override
        public String run(byte[] input) {
            NodeName name = NodeName.parse(new String(input, StandardCharsets.UTF_8));
            FuzzTarget.require(
                    name.equals(NodeName.parse(name.uri())), "it names another node now");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(
                    new NodeName(CLUSTER, new NodeId(77)).uri().getBytes(StandardCharsets.UTF_8));
        }
    },

    /// A peer's certificate, as far as it is ours to read: [NodeName#of].
    CERTIFICATE(1024) {
        @Override
        public String run(byte[] input) throws Exception {
            X509Certificate certificate = Certificates.decode(input);
            FuzzTarget.require(
                    NodeName.of(certificate).uri().length() < 200, "the name is too long");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() throws Exception {
            ClusterCa ca = ClusterCa.create(CLUSTER);
            NodeIdentity leaf = ca.newIdentity(new NodeId(2), Duration.ofDays(1));
            return List.of(ca.root().getEncoded(), leaf.chain().getFirst().getEncoded());
        }
    },

    /// What a node that wants a certificate signs: [CertificateRequest].
    CERTIFICATE_REQUEST(1024) {
        @Override
        public String run(byte[] input) {
            CertificateRequest request = CertificateRequest.parse(Bytes.copyOf(input));
            FuzzTarget.require(request.spkiSha256().length() == 32, "the key has no hash");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            CertificateRequest request = CertificateRequest.of(NodeIdentity.newKeyPair());
            return List.of(request.der().toByteArray());
        }
    },

    /// What a person pastes: [JoinToken]. The input is what the checksum covers, and the checksum
    /// is right: behind it nothing is hidden from the fuzzer.
    JOIN_TOKEN(64) {
        @Override
        public String run(byte[] input) {
            CRC32C crc = new CRC32C();
            crc.update(input);
            ByteBuffer bytes = ByteBuffer.allocate(input.length + Integer.BYTES);
            bytes.put(input).putInt((int) crc.getValue());
            String text = TOKEN_PREFIX + Base64.getUrlEncoder().encodeToString(bytes.array());
            JoinToken token = JoinToken.parse(text);
            FuzzTarget.require(
                    token.equals(JoinToken.parse(token.text())), "it means something else now");
            return token.seeds().size() + " " + token.authorities().size();
        }

        @Override
        public List<byte[]> seeds() {
            JoinToken token =
                    JoinToken.create(
                            CLUSTER,
                            Instant.ofEpochSecond(2_000_000_000),
                            List.of(Bytes.wrap(new byte[32])),
                            List.of("127.0.0.1:7101", "[::1]:7101"));
            byte[] bytes =
                    Base64.getUrlDecoder().decode(token.text().substring(TOKEN_PREFIX.length()));
            return List.of(Arrays.copyOf(bytes, bytes.length - Integer.BYTES));
        }
    },

    /// What a joiner says first: [EnrolmentCodec].
    ENROLMENT_REQUEST(1024) {
        @Override
        public String run(byte[] input) throws Exception {
            EnrolmentRequest request = EnrolmentCodec.decodeRequest(input);
            FuzzTarget.require(
                    EnrolmentCodec.encode(request).length <= input.length + 64, "it grew");
            return request.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            CertificateRequest request = CertificateRequest.of(NodeIdentity.newKeyPair());
            EnrolmentRequest.Announcement here =
                    new EnrolmentRequest.Announcement(
                            "127.0.0.1:7001",
                            "127.0.0.1:6379",
                            new TreeMap<>(Map.of("admin", "127.0.0.1:1", "enrol", "[::1]:2")),
                            new TreeMap<>(Map.of("zone", "a")),
                            1,
                            2);
            return List.of(
                    EnrolmentCodec.encode(
                            new EnrolmentRequest.Present(
                                    CLUSTER, Bytes.wrap(new byte[32]), request, here)),
                    EnrolmentCodec.encode(
                            new EnrolmentRequest.Renew(CLUSTER, new NodeId(4), request)),
                    EnrolmentCodec.encode(
                            new EnrolmentRequest.FetchIssuer(CLUSTER, Bytes.wrap(new byte[32]))));
        }
    },

    /// What a joiner is answered: [EnrolmentCodec].
    ENROLMENT_REPLY(1024) {
        @Override
        public String run(byte[] input) throws Exception {
            EnrolmentReply reply = EnrolmentCodec.decodeReply(input, CLUSTER);
            FuzzTarget.require(EnrolmentCodec.encode(reply).length <= input.length + 64, "it grew");
            return reply.getClass().getSimpleName();
        }

        @Override
        public List<byte[]> seeds() {
            ClusterCa ca = ClusterCa.create(CLUSTER);
            NodeIdentity leaf = ca.newIdentity(new NodeId(2), Duration.ofDays(1));
            EnrolmentReply.Peer peer =
                    new EnrolmentReply.Peer(
                            new NodeId(1), leaf.spkiSha256(), "127.0.0.1:7001", "127.0.0.1:7002");
            return List.of(
                    EnrolmentCodec.encode(
                            new EnrolmentReply.Issued(
                                    new NodeId(2), leaf.chain(), leaf.roots(), List.of())),
                    EnrolmentCodec.encode(
                            new EnrolmentReply.Issued(
                                    new NodeId(2), leaf.chain(), leaf.roots(), List.of(peer))),
                    EnrolmentCodec.encode(new EnrolmentReply.Issuer(ca)),
                    EnrolmentCodec.encode(
                            new EnrolmentReply.Refusal(EnrolmentReply.Retry.LATER, "not yet")));
        }
    };

    static final ClusterId CLUSTER = new ClusterId(0x1122334455667788L, 0x99aabbccddeeff00L);

    private static final String TOKEN_PREFIX = "qjt1_";
    private static final AddressTokens TOKENS = new AddressTokens();
    private static final InetSocketAddress CALLER =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711);

    private final int bytesPerByte;

    TransportFuzzTarget(int bytesPerByte) {
        this.bytesPerByte = bytesPerByte;
    }

    @Override
    public boolean refuses(Throwable thrown) {
        return thrown instanceof CertificateException
                || thrown instanceof IOException
                || thrown instanceof IllegalArgumentException;
    }

    @Override
    public long allocationMax(int inputBytes) {
        return (64L << 10) + (long) bytesPerByte * inputBytes;
    }

    private static byte[] rest(ByteBuffer buffer) {
        return Bytes.read(buffer.duplicate(), buffer.remaining()).toByteArray();
    }
}
