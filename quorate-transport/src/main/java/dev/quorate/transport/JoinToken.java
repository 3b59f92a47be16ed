package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32C;

/// All that a new node needs to join, in one string: which cluster, how to recognise it, where to
/// ask, until when, and the secret that is the right to join once.
///
/// ```text
/// "qjt1_" + Base64url without padding of
/// u8 1 | u64 u64 cluster | i64 expiry (µs since the epoch) | u8 n | n × 32 bytes of CA hashes
/// | u8 n | n × (u8 length | address in UTF-8) | 32 bytes of secret | u32 CRC32C of all before
/// ```
///
/// Big-endian. Never logged: [#toString] leaves the secret out.
///
/// @param expiry for the joiner's information; group 0 knows it, too, and decides by that
/// @param authorities SHA-256 of the root certificates that the cluster trusts, 1 to 4
/// @param seeds `host:port` where nodes enrol others, 1 to 16
/// @param secret 32 random bytes; the cluster knows only their hash
public record JoinToken(
        ClusterId cluster,
        Instant expiry,
        List<Bytes> authorities,
        List<String> seeds,
        Bytes secret) {
    /// Longest token, in characters.
    public static final int TEXT_LENGTH_MAX = 8192;

    private static final String PREFIX = "qjt1_";
    private static final byte VERSION = 1;
    private static final int HASH_BYTES = 32;
    private static final int AUTHORITIES_MAX = 4;
    private static final int SEEDS_MAX = 16;
    private static final int SEED_BYTES_MAX = 255;

    /// The year 9999, as in a certificate (RFC 5280, §4.1.2.5): far inside what 64 bits of
    /// microseconds hold, so that reading and writing an expiry never overflows.
    private static final Instant EXPIRY_LIMIT = Instant.parse("9999-12-31T23:59:59Z");

    public JoinToken {
        authorities = List.copyOf(authorities);
        seeds = List.copyOf(seeds);
        expiry = expiry.truncatedTo(ChronoUnit.MICROS);
        require(
                !expiry.isBefore(Instant.EPOCH) && expiry.isBefore(EXPIRY_LIMIT),
                "its expiry is no date of this age");
        require(secret.length() == HASH_BYTES, "the secret is not 32 bytes long");
        require(
                !authorities.isEmpty() && authorities.size() <= AUTHORITIES_MAX,
                "it names " + authorities.size() + " authorities");
        require(
                !seeds.isEmpty() && seeds.size() <= SEEDS_MAX,
                "it names " + seeds.size() + " addresses");
        for (Bytes hash : authorities) {
            require(hash.length() == HASH_BYTES, "a CA hash is not 32 bytes long");
        }
        for (String seed : seeds) {
            int length = seed.getBytes(StandardCharsets.UTF_8).length;
            require(length > 0 && length <= SEED_BYTES_MAX, "an address is empty or too long");
        }
    }

    /// A new token with a new secret.
    public static JoinToken create(
            ClusterId cluster, Instant expiry, List<Bytes> authorities, List<String> seeds) {
        byte[] secret = new byte[HASH_BYTES];
        new SecureRandom().nextBytes(secret);
        return new JoinToken(cluster, expiry, authorities, seeds, Bytes.wrap(secret));
    }

    /// Reads what [#text] gives. Total: any text gives a token or an exception with a sentence.
    ///
    /// @throws IllegalArgumentException if it is no join token, or a damaged one
    public static JoinToken parse(String text) {
        String trimmed = text.strip();
        require(trimmed.length() <= TEXT_LENGTH_MAX, "it is too long");
        require(trimmed.startsWith(PREFIX), "it does not begin with " + PREFIX);
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(trimmed.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw refuse("it is not Base64");
        }
        require(bytes.length > Integer.BYTES, "it is cut off");
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int checked = bytes.length - Integer.BYTES;
        require(
                in.getInt(checked) == crc(ByteBuffer.wrap(bytes, 0, checked)),
                "it was cut off or changed when it was copied");
        try {
            JoinToken token = read(in.limit(checked));
            require(!in.hasRemaining(), "it is longer than it says");
            return token;
        } catch (BufferUnderflowException e) {
            throw refuse("it is shorter than it says");
        }
    }

    private static JoinToken read(ByteBuffer in) {
        require(in.get() == VERSION, "it is of another version");
        ClusterId cluster = new ClusterId(in.getLong(), in.getLong());
        Instant expiry = Instant.EPOCH.plus(in.getLong(), ChronoUnit.MICROS);
        List<Bytes> authorities = new ArrayList<>();
        for (int left = Byte.toUnsignedInt(in.get()); left > 0; left--) {
            authorities.add(Bytes.read(in, HASH_BYTES));
        }
        List<String> seeds = new ArrayList<>();
        for (int left = Byte.toUnsignedInt(in.get()); left > 0; left--) {
            seeds.add(Bytes.read(in, bounded(in, Byte.toUnsignedInt(in.get()))).toUtf8());
        }
        return new JoinToken(cluster, expiry, authorities, seeds, Bytes.read(in, HASH_BYTES));
    }

    private static int bounded(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return length;
    }

    /// The token as people pass it on. Whoever has it may join: treat it like a password.
    public String text() {
        ByteBuffer out = ByteBuffer.allocate(TEXT_LENGTH_MAX);
        out.put(VERSION).putLong(cluster.high()).putLong(cluster.low());
        out.putLong(ChronoUnit.MICROS.between(Instant.EPOCH, expiry));
        out.put((byte) authorities.size());
        authorities.forEach(hash -> hash.writeTo(out));
        out.put((byte) seeds.size());
        for (String seed : seeds) {
            byte[] utf8 = seed.getBytes(StandardCharsets.UTF_8);
            out.put((byte) utf8.length).put(utf8);
        }
        secret.writeTo(out);
        out.putInt(crc(out.duplicate().flip()));
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// What the cluster knows of the secret: its SHA-256.
    public Bytes hash() {
        return hashOf(secret);
    }

    /// What the cluster knows of a secret.
    public static Bytes hashOf(Bytes secret) {
        return Certificates.sha256(secret);
    }

    /// Everything but the secret.
    @Override
    public String toString() {
        return "JoinToken["
                + Certificates.brief(hash())
                + ", cluster "
                + cluster
                + ", until "
                + expiry
                + ", seeds "
                + seeds
                + "]";
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static void require(boolean condition, String why) {
        if (!condition) {
            throw refuse(why);
        }
    }

    private static IllegalArgumentException refuse(String why) {
        return new IllegalArgumentException("this is no usable join token: " + why);
    }
}
