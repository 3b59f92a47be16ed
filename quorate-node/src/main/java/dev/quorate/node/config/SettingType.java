package dev.quorate.node.config;

import dev.quorate.api.ReadLevel;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a setting's text may look like, and what it means.
enum SettingType {
    DURATION("a positive duration such as 400ms, 10s or 2m"),
    SIZE("a positive size such as 512, 64KiB, 64MiB or 4GiB"),
    COUNT("a whole number above 0"),
    ADDRESS("host:port such as 127.0.0.1:7101 or [::1]:7101, or nothing"),
    ENGINE("rocksdb or memory"),
    TRANSPORT("quic or tcp"),
    FRESHNESS("local, lease, linearizable, or the highest age such as 10s"),
    PORT("a port from 0 to 65535");

    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15})\\s*([A-Za-z]*)");
    private static final Pattern HOST_PORT =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^:\\s\\[\\]]+):(\\d{1,5})");
    private static final int PORT_MAX = 65_535;

    private final String allowed;

    SettingType(String allowed) {
        this.allowed = allowed;
    }

    /// What to tell somebody who wrote something else.
    String allowed() {
        return allowed;
    }

    /// Whether the text is a value of this type.
    boolean accepts(String text) {
        return switch (this) {
            case DURATION -> isDuration(text);
            case SIZE -> amount(text, SettingType::sizeUnit) > 0;
            case COUNT -> isCount(text);
            case ADDRESS -> text.isEmpty() || isAddress(text);
            case ENGINE -> text.equals("rocksdb") || text.equals("memory");
            case TRANSPORT -> text.equals("quic") || text.equals("tcp");
            case FRESHNESS ->
                    text.equals("local")
                            || text.equals("lease")
                            || text.equals("linearizable")
                            || isDuration(text);
            case PORT -> text.matches("\\d{1,5}") && Integer.parseInt(text) <= PORT_MAX;
        };
    }

    static Duration duration(String text) {
        return Duration.ofMillis(amount(text, SettingType::durationUnit));
    }

    static ReadLevel freshness(String text) {
        return switch (text) {
            case "local" -> ReadLevel.LOCAL;
            case "lease" -> ReadLevel.LEASE;
            case "linearizable" -> ReadLevel.LINEARIZABLE;
            default ->
                    new ReadLevel.Bounded(
                            TimeUnit.MILLISECONDS.toMicros(duration(text).toMillis()));
        };
    }

    static long bytes(String text) {
        return amount(text, SettingType::sizeUnit);
    }

    private static boolean isDuration(String text) {
        return amount(text, SettingType::durationUnit) > 0;
    }

    private static boolean isCount(String text) {
        long amount = amount(text, unit -> unit.isEmpty() ? 1 : -1);
        return amount > 0 && amount <= Integer.MAX_VALUE;
    }

    private static boolean isAddress(String text) {
        Matcher parts = HOST_PORT.matcher(text);
        return parts.matches() && Integer.parseInt(parts.group(2)) <= PORT_MAX;
    }

    private interface Unit {
        /// How many of the base unit, or -1 for an unknown name.
        long factor(String name);
    }

    /// The amount in base units.
    ///
    /// @return -1 if the text is no amount, or too large a one
    private static long amount(String text, Unit unit) {
        Matcher parts = AMOUNT.matcher(text);
        if (!parts.matches()) {
            return -1;
        }
        long number = Long.parseLong(parts.group(1));
        long factor = unit.factor(parts.group(2));
        if (factor < 0 || number > Long.MAX_VALUE / factor) {
            return -1;
        }
        return number * factor;
    }

    private static long durationUnit(String name) {
        return switch (name) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m", "min" -> 60_000;
            case "h" -> 3_600_000;
            default -> -1;
        };
    }

    private static long sizeUnit(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "", "b" -> 1;
            case "kib" -> 1L << 10;
            case "mib" -> 1L << 20;
            case "gib" -> 1L << 30;
            default -> -1;
        };
    }
}
