package dev.quorate.kv.door;

import dev.quorate.kv.command.Decimal;
import dev.quorate.kv.command.Expiry;
import dev.quorate.types.Bytes;
import org.jspecify.annotations.Nullable;

/// The four ways in which Redis says when a key expires.
enum ExpiryUnit {
    /// Seconds from now.
    EX(1_000_000, false),
    /// Milliseconds from now.
    PX(1_000, false),
    /// Unix time in seconds.
    EXAT(1_000_000, true),
    /// Unix time in milliseconds.
    PXAT(1_000, true);

    private final long unitMicros;
    private final boolean absolute;

    ExpiryUnit(long unitMicros, boolean absolute) {
        this.unitMicros = unitMicros;
        this.absolute = absolute;
    }

    /// The unit that an option names, or null.
    static @Nullable ExpiryUnit named(String option) {
        return switch (option) {
            case "ex" -> EX;
            case "px" -> PX;
            case "exat" -> EXAT;
            case "pxat" -> PXAT;
            default -> null;
        };
    }

    /// An expiry that must lie after zero, as `SET` wants it.
    Expiry positive(String command, Bytes text) throws RefusedException {
        long amount = Decimal.parse(text).orElseThrow(RefusedException::notAnInteger);
        if (amount <= 0) {
            throw RefusedException.expireTime(command);
        }
        return expiry(command, amount);
    }

    /// An expiry that may have passed, as `EXPIRE` takes it.
    Expiry any(String command, Bytes text) throws RefusedException {
        return expiry(command, Decimal.parse(text).orElseThrow(RefusedException::notAnInteger));
    }

    private Expiry expiry(String command, long amount) throws RefusedException {
        long most = Expiry.LAST_MICROS / unitMicros;
        if (amount > most || amount < -most) {
            throw RefusedException.expireTime(command);
        }
        long micros = amount * unitMicros;
        return absolute ? new Expiry.At(micros) : new Expiry.After(micros);
    }
}
