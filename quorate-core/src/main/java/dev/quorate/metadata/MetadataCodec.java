package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataFormatException.Problem.MALFORMED;
import static dev.quorate.metadata.MetadataFormatException.Problem.TOO_LARGE;
import static dev.quorate.metadata.MetadataFormatException.Problem.UNKNOWN_KIND;
import static dev.quorate.metadata.MetadataFormatException.Problem.UNKNOWN_VERSION;

import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Entries as bytes: an envelope (`'Q', version u8, kind u16, length u32`, little-endian) around
/// tagged fields. See `docs/formats/metadata.md`.
///
/// Decoding accepts exactly what encoding writes, any fields of newer builds included, and answers
/// everything else with a [MetadataFormatException].
public final class MetadataCodec {
    /// Largest entry, in bytes.
    public static final int ENTRY_BYTES_MAX = 4 << 20;

    /// How deeply batches may be nested; 1 is a batch without batches in it.
    public static final int BATCH_DEPTH_MAX = 4;

    static final int VERSION = 1;

    private static final int MAGIC = 'Q';
    private static final int HEADER_LENGTH = 8;

    private MetadataCodec() {}

    /// The entry's bytes; equal entries have equal bytes.
    ///
    /// @throws IllegalArgumentException if the entry is beyond the limits on size or depth
    public static Bytes encode(MetadataEntry entry) {
        byte[] encoded = envelope(entry, 0);
        if (encoded.length > ENTRY_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "an entry has at most "
                            + ENTRY_BYTES_MAX
                            + " bytes; this one has "
                            + encoded.length);
        }
        return Bytes.wrap(encoded);
    }

    /// Reads one entry that fills the bytes.
    ///
    /// @throws MetadataFormatException if the bytes are no entry that this build knows
    public static MetadataEntry decode(Bytes encoded) {
        if (encoded.length() > ENTRY_BYTES_MAX) {
            throw new MetadataFormatException(
                    TOO_LARGE,
                    "an entry has at most "
                            + ENTRY_BYTES_MAX
                            + " bytes; this one has "
                            + encoded.length());
        }
        try {
            return open(encoded.asBuffer(), 0);
        } catch (IllegalArgumentException e) {
            // thrown by the records, which know what their values may be
            throw new MetadataFormatException(MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] envelope(MetadataEntry entry, int depth) {
        byte[] fields = fields(entry, depth).unknown(entry.unknown()).toByteArray();
        byte[] encoded = new byte[Math.addExact(HEADER_LENGTH, fields.length)];
        FieldWriter.littleEndian(encoded)
                .put((byte) MAGIC)
                .put((byte) VERSION)
                .putShort((short) EntryKind.of(entry).code())
                .putInt(fields.length)
                .put(fields);
        return encoded;
    }

    private static FieldWriter fields(MetadataEntry entry, int depth) {
        return switch (entry) {
            case MetadataEntry.Batch batch -> batch(batch, depth + 1);
            case MetadataEntry other -> EntryFields.write(other);
        };
    }

    private static FieldWriter batch(MetadataEntry.Batch batch, int depth) {
        if (depth > BATCH_DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "batches may be nested " + BATCH_DEPTH_MAX + " deep, not more");
        }
        List<byte[]> children = new ArrayList<>();
        for (MetadataEntry child : batch.entries()) {
            children.add(envelope(child, depth));
        }
        return new FieldWriter().sequence(1, children);
    }

    private static MetadataEntry open(ByteBuffer buffer, int depth) {
        ByteBuffer from = buffer.order(ByteOrder.LITTLE_ENDIAN);
        if (from.remaining() < HEADER_LENGTH) {
            throw malformed("an entry has at least 8 bytes; here are " + from.remaining());
        }
        int magic = from.get() & 0xff;
        int version = from.get() & 0xff;
        int code = from.getShort() & 0xffff;
        int length = from.getInt();
        if (magic != MAGIC) {
            throw malformed("an entry begins with 'Q', not with byte " + magic);
        }
        if (version != VERSION) {
            throw new MetadataFormatException(
                    UNKNOWN_VERSION,
                    "entry format version " + version + " is not known; this build knows 1");
        }
        EntryKind kind = EntryKind.ofCode(code);
        if (kind == null) {
            throw new MetadataFormatException(
                    UNKNOWN_KIND, "entry kind " + code + " is not known to this build");
        }
        if (length != from.remaining()) {
            throw malformed(
                    "an entry says it has "
                            + Integer.toUnsignedString(length)
                            + " bytes of fields and has "
                            + from.remaining());
        }
        FieldReader reader = new FieldReader(kind.name(), from);
        return kind == EntryKind.BATCH
                ? children(reader, depth + 1)
                : EntryFields.read(kind, reader);
    }

    private static MetadataEntry children(FieldReader reader, int depth) {
        if (depth > BATCH_DEPTH_MAX) {
            throw new MetadataFormatException(
                    TOO_LARGE, "batches may be nested " + BATCH_DEPTH_MAX + " deep, not more");
        }
        List<MetadataEntry> children = new ArrayList<>();
        for (ByteBuffer child : reader.sequence(1)) {
            children.add(open(child, depth));
        }
        return new MetadataEntry.Batch(children, reader.unknown());
    }

    private static MetadataFormatException malformed(String sentence) {
        return new MetadataFormatException(MALFORMED, sentence);
    }
}
