package dev.quorate.sim;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/// Numbered registers that hold numbers; 0 until written. The state of a [RegisterMachine] at one
/// log position.
final class RegisterState {
    private static final byte WRITE = 1;
    private static final byte COMPARE_AND_SET = 2;
    private static final Bytes MALFORMED = Bytes.utf8("malformed");

    private final TreeMap<Long, Long> registers = new TreeMap<>();
    private long index;
    private long stampMicros;
    private long ticks;
    private boolean wantsTick;

    /// The command that puts `value` into a register. Answered with the value before.
    static Bytes write(long register, long value) {
        return Bytes.wrap(
                ByteBuffer.allocate(17).put(WRITE).putLong(register).putLong(value).array());
    }

    /// The command that puts `value` into a register that holds `expected`. Answered with the value
    /// before.
    static Bytes compareAndSet(long register, long expected, long value) {
        return Bytes.wrap(
                ByteBuffer.allocate(25)
                        .put(COMPARE_AND_SET)
                        .putLong(register)
                        .putLong(expected)
                        .putLong(value)
                        .array());
    }

    static Bytes number(long value) {
        return Bytes.wrap(ByteBuffer.allocate(8).putLong(value).array());
    }

    static long number(Bytes bytes) {
        return bytes.asBuffer().getLong();
    }

    /// @throws IllegalStateException if the command is out of order
    Bytes apply(Command command) {
        if (command.index() <= index || command.stampMicros() <= stampMicros) {
            throw new IllegalStateException(
                    "entry %d at %d µs after entry %d at %d µs"
                            .formatted(command.index(), command.stampMicros(), index, stampMicros));
        }
        index = command.index();
        stampMicros = command.stampMicros();
        if (command.command().isEmpty()) {
            ticks++;
            wantsTick = false;
            return Bytes.EMPTY;
        }
        wantsTick = true;
        ByteBuffer in = command.command().asBuffer();
        byte kind = in.get();
        if (kind == WRITE && in.remaining() == 16) {
            return set(in.getLong(), in.getLong());
        }
        if (kind == COMPARE_AND_SET && in.remaining() == 24) {
            long register = in.getLong();
            long expected = in.getLong();
            return read(register) == expected
                    ? set(register, in.getLong())
                    : number(read(register));
        }
        return MALFORMED;
    }

    long read(long register) {
        return registers.getOrDefault(register, 0L);
    }

    long index() {
        return index;
    }

    /// The tick that is due half a second of log time after the last command.
    long tickAtMicros() {
        return wantsTick ? stampMicros + 500_000 : Long.MAX_VALUE;
    }

    /// A number for the whole state.
    long hash() {
        long sum = index * 31 + stampMicros;
        sum = sum * 31 + ticks;
        return sum * 31 + registers.hashCode();
    }

    RegisterState copy() {
        RegisterState copy = new RegisterState();
        copy.registers.putAll(registers);
        copy.index = index;
        copy.stampMicros = stampMicros;
        copy.ticks = ticks;
        copy.wantsTick = wantsTick;
        return copy;
    }

    private Bytes set(long register, long value) {
        Long before = registers.put(register, value);
        return number(before == null ? 0 : before);
    }
}
