package dev.quorate.kv.state;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.KeySlot;
import java.nio.ByteBuffer;

/// The layout of one group's rows.
///
/// ```text
/// group:8  0                                                  head:       version:1 generation:8
/// group:8  1  generation:8  0                                 status:     version:1 index:8 stamp:8 keys:8
/// group:8  1  generation:8  1  vshard:2  key                  data:       kind:1 expiry:8 value
/// group:8  1  generation:8  2  expiry:8  vshard:2  key        expiry:     (empty)
/// group:8  1  generation:8  3  name                           remembered: result
/// ```
///
/// The group comes first, so that a command that went to the wrong group cannot touch the rows of
/// another: each group's rows are a function of its own log alone. Rows that are not of the
/// generation named by the head do not count: a snapshot arrives under a new generation, and one
/// row makes it the state (rule R4). Within a generation the rows of a vShard are one sorted range.
final class Rows {
    private static final byte HEAD = 0;
    private static final byte GENERATIONS = 1;

    private static final byte STATUS = 0;
    private static final byte DATA = 1;
    private static final byte EXPIRY = 2;
    private static final byte REMEMBERED = 3;

    private static final int GENERATION_BYTES = 2 * Long.BYTES + 1;
    private static final int PREFIX_BYTES = GENERATION_BYTES + 1;
    private static final int VSHARD_BYTES = 2;

    private final long group;
    private final long generation;

    Rows(GroupId group, long generation) {
        this.group = group.value();
        this.generation = generation;
    }

    /// The row that names a group's generation.
    static Bytes head(GroupId group) {
        return finish(ByteBuffer.allocate(Long.BYTES + 1).putLong(group.value()).put(HEAD));
    }

    /// Where a group's generations begin.
    static Bytes generations(GroupId group) {
        return finish(ByteBuffer.allocate(Long.BYTES + 1).putLong(group.value()).put(GENERATIONS));
    }

    /// Where a group's rows begin.
    static Bytes first(GroupId group) {
        return first(group.value());
    }

    /// Where a group's rows end.
    static Bytes end(GroupId group) {
        return first(group.value() + 1);
    }

    /// Where the rows of the first group from this number on begin.
    static Bytes first(long group) {
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES).putLong(group).array());
    }

    /// The group that a row belongs to.
    static long groupOf(Bytes row) {
        return row.asBuffer().getLong();
    }

    /// The generation of one of a group's rows behind [#generations].
    static long generationOf(Bytes row) {
        return row.asBuffer().getLong(Long.BYTES + 1);
    }

    /// The generation whose rows these are.
    long generation() {
        return generation;
    }

    /// Where the rows of this generation begin.
    Bytes first() {
        return generationStart(generation);
    }

    /// Where the rows of this generation end, and those of the next begin.
    Bytes end() {
        return generationStart(generation + 1);
    }

    private Bytes generationStart(long number) {
        return finish(
                ByteBuffer.allocate(GENERATION_BYTES)
                        .putLong(group)
                        .put(GENERATIONS)
                        .putLong(number));
    }

    /// What a row of this generation is, without the generation: the same on every replica.
    static Bytes suffix(Bytes row) {
        ByteBuffer in = row.asBuffer().position(GENERATION_BYTES);
        return Bytes.read(in, in.remaining());
    }

    /// The row of this generation with a suffix.
    ///
    /// @throws IllegalArgumentException if no row has such a suffix
    Bytes withSuffix(Bytes suffix) {
        if (suffix.isEmpty() || suffix.at(0) < STATUS || suffix.at(0) > REMEMBERED) {
            throw new IllegalArgumentException("a row of a kind that this version does not know");
        }
        ByteBuffer row = ByteBuffer.allocate(GENERATION_BYTES + suffix.length());
        row.putLong(group).put(GENERATIONS).putLong(generation);
        suffix.writeTo(row);
        return finish(row);
    }

    Bytes status() {
        return finish(begin(STATUS, 0));
    }

    Bytes data(Bytes key) {
        ByteBuffer row = begin(DATA, VSHARD_BYTES + key.length());
        putKey(row, key);
        return finish(row);
    }

    Bytes expiry(long expiryMicros, Bytes key) {
        ByteBuffer row = begin(EXPIRY, Long.BYTES + VSHARD_BYTES + key.length());
        row.putLong(expiryMicros);
        putKey(row, key);
        return finish(row);
    }

    /// Where the expiry rows of this moment begin.
    Bytes expiryFrom(long expiryMicros) {
        ByteBuffer row = begin(EXPIRY, Long.BYTES);
        row.putLong(expiryMicros);
        return finish(row);
    }

    /// Where the expiry rows end.
    Bytes expiryEnd() {
        return finish(begin((byte) (EXPIRY + 1), 0));
    }

    Bytes remembered(Bytes name) {
        ByteBuffer row = begin(REMEMBERED, name.length());
        name.writeTo(row);
        return finish(row);
    }

    /// Where the remembered results begin.
    Bytes rememberedFrom() {
        return finish(begin(REMEMBERED, 0));
    }

    /// The name under which a result is remembered.
    static Bytes nameOf(Bytes rememberedRow) {
        ByteBuffer row = rememberedRow.asBuffer().position(PREFIX_BYTES);
        return Bytes.read(row, row.remaining());
    }

    static long expiryOf(Bytes expiryRow) {
        return expiryRow.asBuffer().getLong(PREFIX_BYTES);
    }

    static Bytes keyOf(Bytes expiryRow) {
        int start = PREFIX_BYTES + Long.BYTES + VSHARD_BYTES;
        ByteBuffer row = expiryRow.asBuffer().position(start);
        return Bytes.read(row, row.remaining());
    }

    private ByteBuffer begin(byte kind, int moreBytes) {
        return ByteBuffer.allocate(PREFIX_BYTES + moreBytes)
                .putLong(group)
                .put(GENERATIONS)
                .putLong(generation)
                .put(kind);
    }

    private static void putKey(ByteBuffer row, Bytes key) {
        row.putShort((short) KeySlot.vshardOf(key.toByteArray()).value());
        key.writeTo(row);
    }

    private static Bytes finish(ByteBuffer row) {
        return Bytes.read(row.flip(), row.limit());
    }
}
