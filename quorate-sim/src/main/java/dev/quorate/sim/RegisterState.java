package dev.quorate.sim;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/// Numbered registers that hold numbers; 0 until written. The state of a [RegisterMachine] at one
/// log position.
final class RegisterState {
    private static final byte WRITE = 1;
    private static final byte COMPARE_AND_SET = 2;
    private static final Bytes MALFORMED = Bytes.utf8("malformed");

    private final TreeMap<Long, Long> registers = new TreeMap<>();
    private final TreeMap<Bytes, Bytes> remembered =
            new TreeMap<>((a, b) -> a.asBuffer().compareTo(b.asBuffer()));
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
        command.forget().forEach(remembered::remove);
        Bytes result = run(command);
        Bytes name = command.rememberAs();
        if (name != null) {
            remembered.put(name, result);
        }
        return result;
    }

    private Bytes run(Command command) {
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

    /// Nothing up to `last` was for this machine, except what it has applied.
    void skipTo(long last) {
        index = Math.max(index, last);
    }

    /// A number for the whole state, but for where in the log it stands: entries that are not for
    /// the machine move that.
    long hash() {
        long sum = stampMicros * 31 + ticks;
        sum = sum * 31 + remembered.hashCode();
        return sum * 31 + registers.hashCode();
    }

    Map<Bytes, Bytes> remembered() {
        return remembered;
    }

    /// The whole state as bytes.
    byte[] encode() {
        int bytes = 8 * 3 + 1 + 4 + registers.size() * 16 + 4;
        for (Map.Entry<Bytes, Bytes> row : remembered.entrySet()) {
            bytes += 8 + row.getKey().length() + row.getValue().length();
        }
        ByteBuffer out = ByteBuffer.allocate(bytes);
        out.putLong(index).putLong(stampMicros).putLong(ticks).put((byte) (wantsTick ? 1 : 0));
        out.putInt(registers.size());
        registers.forEach((register, value) -> out.putLong(register).putLong(value));
        out.putInt(remembered.size());
        remembered.forEach((name, result) -> {
            out.putInt(name.length()).putInt(result.length());
            name.writeTo(out);
            result.writeTo(out);
        });
        return out.array();
    }

    /// Reads what [#encode()] wrote.
    static RegisterState decode(byte[] encoded) {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        RegisterState state = new RegisterState();
        state.index = in.getLong();
        state.stampMicros = in.getLong();
        state.ticks = in.getLong();
        state.wantsTick = in.get() == 1;
        for (int left = in.getInt(); left > 0; left--) {
            state.registers.put(in.getLong(), in.getLong());
        }
        for (int left = in.getInt(); left > 0; left--) {
            int nameLength = in.getInt();
            int resultLength = in.getInt();
            state.remembered.put(Bytes.read(in, nameLength), Bytes.read(in, resultLength));
        }
        return state;
    }

    RegisterState copy() {
        RegisterState copy = new RegisterState();
        copy.registers.putAll(registers);
        copy.remembered.putAll(remembered);
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
