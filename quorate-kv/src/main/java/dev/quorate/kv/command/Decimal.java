package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.util.OptionalLong;

/// Whole numbers as Redis reads them: no plus sign, no spaces, no leading zeros.
public final class Decimal {
    private static final int DIGITS_MAX = 20;

    private Decimal() {}

    /// The number that the text is, or empty if it is not one of 64 bits in canonical form.
    public static OptionalLong parse(Bytes text) {
        int length = text.length();
        if (length == 0 || length > DIGITS_MAX) {
            return OptionalLong.empty();
        }
        boolean negative = text.at(0) == '-';
        int first = negative ? 1 : 0;
        if (first == length || (text.at(first) == '0' && length > 1)) {
            return OptionalLong.empty();
        }
        // accumulated negatively: there is one more negative number than positive ones
        long value = 0;
        for (int i = first; i < length; i++) {
            int digit = text.at(i) - '0';
            if (digit < 0 || digit > 9 || value < Long.MIN_VALUE / 10) {
                return OptionalLong.empty();
            }
            value *= 10;
            if (value < Long.MIN_VALUE + digit) {
                return OptionalLong.empty();
            }
            value -= digit;
        }
        if (!negative && value == Long.MIN_VALUE) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(negative ? value : -value);
    }
}
