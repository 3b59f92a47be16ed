package dev.quorate.transport;

import dev.quorate.transport.EnrolmentReply.Issued;
import dev.quorate.transport.EnrolmentReply.Issuer;
import dev.quorate.transport.EnrolmentReply.Peer;
import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.EnrolmentRequest.FetchIssuer;
import dev.quorate.transport.EnrolmentRequest.Present;
import dev.quorate.transport.EnrolmentRequest.Renew;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Enrolment messages as bytes; `docs/formats/enrolment.md` has the layout. Big-endian, every
/// length is bounded by what was received, and the decoders are total: they return a message or
/// throw an [IOException] with a sentence.
final class EnrolmentCodec {
    /// Longest message, in bytes.
    static final int BYTES_MAX = 256 << 10;

    private static final byte PRESENT = 1;
    private static final byte RENEW = 2;
    private static final byte FETCH_ISSUER = 3;
    private static final byte ISSUED = 0x41;
    private static final byte ISSUER = 0x42;
    private static final byte REFUSAL = 0x43;
    private static final int HASH_BYTES = 32;
    private static final int CERTIFICATES_MAX = 8;
    private static final int CERTIFICATE_BYTES_MAX = 16 << 10;
    private static final int PEERS_MAX = 64;

    private EnrolmentCodec() {}

    static byte[] encode(EnrolmentRequest request) {
        return bytes(out -> {
            switch (request) {
                case Present(var cluster, Bytes secret, var csr, Announcement announcement) -> {
                    head(PRESENT, cluster, out);
                    out.write(secret.toByteArray());
                    blob(csr.der(), out);
                    announcement(announcement, out);
                }
                case Renew(var cluster, NodeId node, var csr) -> {
                    head(RENEW, cluster, out);
                    out.writeLong(node.value());
                    blob(csr.der(), out);
                }
                case FetchIssuer(var cluster, Bytes rootSha256) -> {
                    head(FETCH_ISSUER, cluster, out);
                    out.write(rootSha256.toByteArray());
                }
            }
        });
    }

    static byte[] encode(EnrolmentReply reply) {
        return bytes(out -> {
            switch (reply) {
                case Issued(NodeId node, var chain, var roots, List<Peer> peers) -> {
                    out.writeByte(ISSUED);
                    out.writeLong(node.value());
                    certificates(chain, out);
                    certificates(roots, out);
                    List<Peer> some = peers.subList(0, Math.min(peers.size(), PEERS_MAX));
                    out.writeByte(some.size());
                    for (Peer peer : some) {
                        out.writeLong(peer.id().value());
                        blob(peer.spkiPin(), out);
                        text(peer.links(), out);
                        text(peer.enrol(), out);
                    }
                }
                case Issuer(ClusterCa authority) -> {
                    out.writeByte(ISSUER);
                    blob(Bytes.wrap(authority.key().getEncoded()), out);
                    certificates(List.of(authority.root()), out);
                }
                case Refusal(Retry retry, String sentence) -> {
                    out.writeByte(REFUSAL);
                    out.writeByte(
                            switch (retry) {
                                case NEVER -> 0;
                                case LATER -> 1;
                                case ELSEWHERE -> 2;
                            });
                    text(Sentences.printable(sentence), out);
                }
            }
        });
    }

    static EnrolmentRequest decodeRequest(byte[] bytes) throws IOException {
        return read(
                bytes,
                in -> {
                    byte type = in.readByte();
                    ClusterId cluster = new ClusterId(in.readLong(), in.readLong());
                    return switch (type) {
                        case PRESENT ->
                                new Present(
                                        cluster,
                                        fixed(HASH_BYTES, in),
                                        CertificateRequest.parse(
                                                blob(CertificateRequest.BYTES_MAX, in)),
                                        announcement(in));
                        case RENEW ->
                                new Renew(
                                        cluster,
                                        new NodeId(in.readLong()),
                                        CertificateRequest.parse(
                                                blob(CertificateRequest.BYTES_MAX, in)));
                        case FETCH_ISSUER -> new FetchIssuer(cluster, fixed(HASH_BYTES, in));
                        default -> throw new IOException("there is no request " + type);
                    };
                });
    }

    /// @param cluster whose authorities may come
    static EnrolmentReply decodeReply(byte[] bytes, ClusterId cluster) throws IOException {
        return read(
                bytes,
                in -> {
                    byte type = in.readByte();
                    return switch (type) {
                        case ISSUED ->
                                new Issued(
                                        new NodeId(in.readLong()),
                                        certificates(in),
                                        certificates(in),
                                        peers(in));
                        case ISSUER -> {
                            byte[] key = blob(CertificateRequest.BYTES_MAX, in).toByteArray();
                            X509Certificate root = certificates(in).getFirst();
                            yield new Issuer(
                                    ClusterCa.of(cluster, Certificates.decodeKey(key), root));
                        }
                        case REFUSAL -> {
                            int retry = in.readUnsignedByte();
                            yield new Refusal(
                                    retry == 0
                                            ? Retry.NEVER
                                            : retry == 1 ? Retry.LATER : Retry.ELSEWHERE,
                                    Sentences.printable(text(in)));
                        }
                        default -> throw new IOException("there is no answer " + type);
                    };
                });
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private interface Reading<T> {
        T from(DataInputStream in) throws IOException, GeneralSecurityException;
    }

    private static byte[] bytes(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return bytes.toByteArray();
    }

    private static <T> T read(byte[] bytes, Reading<T> reading) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        try {
            T message = reading.from(in);
            if (in.available() > 0) {
                throw new IOException("the message is longer than it says");
            }
            return message;
        } catch (java.io.EOFException e) {
            throw new IOException("the message is shorter than it says", e);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("the message cannot be read: " + e.getMessage(), e);
        }
    }

    private static void head(byte type, ClusterId cluster, DataOutputStream out)
            throws IOException {
        out.writeByte(type);
        out.writeLong(cluster.high());
        out.writeLong(cluster.low());
    }

    private static void announcement(Announcement announcement, DataOutputStream out)
            throws IOException {
        text(announcement.links(), out);
        text(announcement.client(), out);
        map(announcement.addresses(), out);
        map(announcement.labels(), out);
        out.writeShort(announcement.wireMin());
        out.writeShort(announcement.wireMax());
    }

    private static Announcement announcement(DataInputStream in) throws IOException {
        return new Announcement(
                text(in),
                text(in),
                map(in),
                map(in),
                in.readUnsignedShort(),
                in.readUnsignedShort());
    }

    private static void map(SortedMap<String, String> map, DataOutputStream out)
            throws IOException {
        out.writeByte(map.size());
        for (Map.Entry<String, String> entry : map.entrySet()) {
            text(entry.getKey(), out);
            text(entry.getValue(), out);
        }
    }

    private static SortedMap<String, String> map(DataInputStream in) throws IOException {
        SortedMap<String, String> map = new TreeMap<>();
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            map.put(text(in), text(in));
        }
        return map;
    }

    private static List<Peer> peers(DataInputStream in) throws IOException {
        List<Peer> peers = new ArrayList<>();
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            peers.add(
                    new Peer(new NodeId(in.readLong()), blob(HASH_BYTES, in), text(in), text(in)));
        }
        return peers;
    }

    private static void certificates(List<X509Certificate> certificates, DataOutputStream out)
            throws IOException {
        out.writeByte(certificates.size());
        for (X509Certificate certificate : certificates) {
            try {
                blob(Bytes.wrap(certificate.getEncoded()), out);
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate has no encoding", e);
            }
        }
    }

    private static List<X509Certificate> certificates(DataInputStream in)
            throws IOException, GeneralSecurityException {
        int count = in.readUnsignedByte();
        if (count < 1 || count > CERTIFICATES_MAX) {
            throw new IOException("a chain of " + count + " certificates");
        }
        List<X509Certificate> certificates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            certificates.add(Certificates.decode(blob(CERTIFICATE_BYTES_MAX, in).toByteArray()));
        }
        return certificates;
    }

    private static void text(String text, DataOutputStream out) throws IOException {
        blob(Bytes.utf8(text), out);
    }

    private static String text(DataInputStream in) throws IOException {
        ByteBuffer utf8 = ByteBuffer.wrap(blob(4 * Sentences.BYTES_MAX, in).toByteArray());
        // not replaced: what is not UTF-8 would be longer when it is written again
        return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    }

    private static void blob(Bytes bytes, DataOutputStream out) throws IOException {
        out.writeShort(bytes.length());
        out.write(bytes.toByteArray());
    }

    private static Bytes blob(int bytesMax, DataInputStream in) throws IOException {
        int length = in.readUnsignedShort();
        if (length > bytesMax || length > in.available()) {
            throw new IOException("a field of " + length + " bytes");
        }
        return fixed(length, in);
    }

    private static Bytes fixed(int length, DataInputStream in) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return Bytes.wrap(bytes);
    }
}
