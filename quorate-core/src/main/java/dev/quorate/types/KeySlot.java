package dev.quorate.types;

/// Where a key lives: CRC16 (XMODEM) of the key, or of its `{tag}`, modulo 16384 is its slot, and
/// sixteen neighbouring slots are one vShard.
///
/// @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">Redis
///   cluster specification, "Key distribution model" and "Hash tags"</a>
public final class KeySlot {
    /// Number of slots.
    public static final int COUNT = 16384;

    /// Slots per vShard.
    public static final int PER_VSHARD = COUNT / VShardId.COUNT;

    private static final char[] TABLE = table();

    private KeySlot() {}

    /// The slot of a key, in `[0, COUNT)`.
    public static int of(byte[] key) {
        int start = 0;
        int end = key.length;
        int open = indexOf(key, (byte) '{', 0);
        if (open >= 0) {
            int close = indexOf(key, (byte) '}', open + 1);
            if (close > open + 1) {
                start = open + 1;
                end = close;
            }
        }
        int crc = 0;
        for (int i = start; i < end; i++) {
            crc = ((crc << 8) ^ TABLE[((crc >>> 8) ^ key[i]) & 0xff]) & 0xffff;
        }
        return crc % COUNT;
    }

    /// The vShard of a key.
    public static VShardId vshardOf(byte[] key) {
        return vshardOfSlot(of(key));
    }

    /// The vShard that a slot belongs to.
    public static VShardId vshardOfSlot(int slot) {
        return new VShardId(slot / PER_VSHARD);
    }

    private static int indexOf(byte[] key, byte wanted, int from) {
        for (int i = from; i < key.length; i++) {
            if (key[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static char[] table() {
        char[] table = new char[256];
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
            table[i] = (char) crc;
        }
        return table;
    }
}
