package dev.quorate.transport.gossip;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The cluster's keys for datagrams: the first seals, all of them open. A key is replaced by adding
/// the new one last on every node, then moving it first, then dropping the old one.
///
/// Whoever holds a key can speak as any node: the seal keeps outsiders out, it does not tell
/// members apart.
public final class KeyRing {
    /// Length of a key, in bytes.
    public static final int KEY_BYTES = 32;

    /// Most keys at a time.
    public static final int KEYS_MAX = 8;

    private final List<Key> keys;

    /// @throws IllegalArgumentException if there is no key, if there are too many, or if two have
    ///   the same number
    public KeyRing(List<Key> keys) {
        if (keys.isEmpty() || keys.size() > KEYS_MAX) {
            throw new IllegalArgumentException(
                    "a key ring has 1 to " + KEYS_MAX + " keys, not " + keys.size());
        }
        if (keys.stream().map(Key::number).distinct().count() != keys.size()) {
            throw new IllegalArgumentException("two keys have the same number: " + keys);
        }
        this.keys = List.copyOf(keys);
    }

    Key first() {
        return keys.getFirst();
    }

    @Nullable Key numbered(int number) {
        for (Key key : keys) {
            if (key.number() == number) {
                return key;
            }
        }
        return null;
    }

    /// One key and its number, which travels in the clear.
    public static final class Key {
        private final int number;
        private final byte[] secret;

        /// @param number 0 to 255
        /// @param secret 32 random bytes; copied
        public Key(int number, byte[] secret) {
            if (number < 0 || number > 255 || secret.length != KEY_BYTES) {
                throw new IllegalArgumentException(
                        "key " + number + " of " + secret.length + " bytes");
            }
            this.number = number;
            this.secret = secret.clone();
        }

        int number() {
            return number;
        }

        byte[] secret() {
            return secret.clone();
        }

        /// The number only.
        @Override
        public String toString() {
            return "key " + number;
        }
    }
}
