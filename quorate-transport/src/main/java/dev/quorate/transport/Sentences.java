package dev.quorate.transport;

import java.nio.charset.StandardCharsets;

/// Makes text that came from outside fit for a log, and ours fit for a packet.
final class Sentences {
    /// Longest sentence in a connection close: it must fit one packet beside everything else.
    static final int BYTES_MAX = 400;

    private Sentences() {}

    /// Without control characters, and not longer than [#BYTES_MAX] characters.
    static String printable(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), BYTES_MAX));
        for (int i = 0; i < text.length() && i < BYTES_MAX; i++) {
            char c = text.charAt(i);
            clean.append(Character.isISOControl(c) ? '?' : c);
        }
        return clean.toString();
    }

    /// The sentence in UTF-8, cut to [#BYTES_MAX].
    static byte[] utf8(String sentence) {
        String cut = printable(sentence);
        byte[] bytes = cut.getBytes(StandardCharsets.UTF_8);
        while (bytes.length > BYTES_MAX) {
            cut = cut.substring(0, cut.length() - Math.max(1, (bytes.length - BYTES_MAX) / 4));
            bytes = cut.getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }
}
