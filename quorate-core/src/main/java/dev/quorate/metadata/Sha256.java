package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 hashes, by which group 0 names keys, certificates and tokens without holding them.
final class Sha256 {
    static final int LENGTH = 32;

    private static final int BRIEF_LENGTH = 6;

    private Sha256() {}

    static Bytes of(Bytes content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(content.asBuffer());
            return Bytes.wrap(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /// @throws IllegalArgumentException if it has not the length of a hash
    static void require(String what, Bytes hash) {
        if (hash.length() != LENGTH) {
            throw new IllegalArgumentException(
                    what + " is a SHA-256 of " + LENGTH + " bytes, not of " + hash.length());
        }
    }

    /// The first digits, for a sentence that a person reads.
    static String brief(Bytes hash) {
        int length = Math.min(BRIEF_LENGTH, hash.length());
        return HexFormat.of().formatHex(hash.toByteArray(), 0, length);
    }
}
