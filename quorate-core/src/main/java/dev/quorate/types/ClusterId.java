package dev.quorate.types;

/// Identity of a cluster: 128 random bits made once, by `quorate init`, and carried by every link.
public record ClusterId(long high, long low) {
    /// Parses the form that [#toString] gives.
    ///
    /// @throws IllegalArgumentException if the text is not 32 hexadecimal digits
    public static ClusterId parse(String text) {
        if (text.length() != 32) {
            throw new IllegalArgumentException("cluster id is not 32 hex digits: " + text);
        }
        return new ClusterId(
                Long.parseUnsignedLong(text, 0, 16, 16), Long.parseUnsignedLong(text, 16, 32, 16));
    }

    @Override
    public String toString() {
        return hex(high) + hex(low);
    }

    private static String hex(long half) {
        String digits = Long.toHexString(half);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
