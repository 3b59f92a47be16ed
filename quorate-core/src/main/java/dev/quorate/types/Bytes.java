package dev.quorate.types;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An immutable run of bytes, compared by content.
public final class Bytes {
    /// No bytes.
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /// Copies, so that the caller may go on using its array.
    public static Bytes copyOf(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    /// Takes the array over without copying: the caller must never touch it again.
    public static Bytes wrap(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content);
    }

    /// Reads `length` bytes from the buffer's position.
    public static Bytes read(ByteBuffer from, int length) {
        if (length == 0) {
            return EMPTY;
        }
        byte[] content = new byte[length];
        from.get(content);
        return new Bytes(content);
    }

    /// The text in UTF-8.
    public static Bytes utf8(String text) {
        return wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Number of bytes.
    public int length() {
        return content.length;
    }

    /// Whether there are none.
    public boolean isEmpty() {
        return content.length == 0;
    }

    /// The byte at `position`.
    public byte at(int position) {
        return content[position];
    }

    /// A copy.
    public byte[] toByteArray() {
        return content.clone();
    }

    /// A read-only view of the content; its order is big-endian until the caller changes it.
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    /// Appends the content to `target`.
    public void writeTo(ByteBuffer target) {
        target.put(content);
    }

    /// Decodes the content as UTF-8; malformed input becomes replacement characters.
    public String toUtf8() {
        return new String(content, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /// The length only: content may be secret, and is often not text.
    @Override
    public String toString() {
        return "Bytes[" + content.length + "]";
    }
}
