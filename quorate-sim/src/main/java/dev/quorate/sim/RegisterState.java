package dev.quorate.sim;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Numbered registers that hold numbers; 0 until written; and numbered lists of numbers, empty at
/// first. The state of a [RegisterMachine] at one log position.
final class RegisterState {
    private static final byte WRITE = 1;
    private static final byte COMPARE_AND_SET = 2;
    private static final byte APPEND = 3;
    private static final byte WHOLE_LIST = 4;
    private static final long[] NOTHING = {};
    private static final Bytes MALFORMED = Bytes.utf8("malformed");

    private final TreeMap<Long, Long> registers = new TreeMap<>();
    private final TreeMap<Long, long[]> lists = new TreeMap<>();
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

    /// The command that adds `value` to a list. Answered with the list's length before.
    static Bytes append(long list, long value) {
        return Bytes.wrap(ByteBuffer.allocate(17).put(APPEND).putLong(list).putLong(value).array());
    }

    /// The query for a whole list. Answered with its numbers, eight bytes each.
    static Bytes wholeList(long list) {
        return Bytes.wrap(ByteBuffer.allocate(9).put(WHOLE_LIST).putLong(list).array());
    }

    static long[] numbers(Bytes bytes) {
        long[] numbers = new long[bytes.length() / Long.BYTES];
        bytes.asBuffer().asLongBuffer().get(numbers);
        return numbers;
    }

    private static Bytes numbers(long[] values) {
        ByteBuffer out = ByteBuffer.allocate(values.length * Long.BYTES);
        out.asLongBuffer().put(values);
        return Bytes.wrap(out.array());
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
        if (kind == APPEND && in.remaining() == 16) {
            return added(in.getLong(), in.getLong());
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

    private Bytes added(long list, long value) {
        long[] before = list(list);
        // never changed in place: copies of the state share it
        long[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = value;
        lists.put(list, after);
        return number(before.length);
    }

    private long[] list(long list) {
        return lists.getOrDefault(list, NOTHING);
    }

    /// Answers a query: the number of a register, or what [#wholeList] made.
    Bytes answer(Bytes query) {
        ByteBuffer in = query.asBuffer();
        if (in.remaining() == 9 && in.get() == WHOLE_LIST) {
            return numbers(list(in.getLong()));
        }
        return query.length() == Long.BYTES ? number(read(number(query))) : MALFORMED;
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
        for (Map.Entry<Long, long[]> list : lists.entrySet()) {
            sum = sum * 31 + list.getKey();
            sum = sum * 31 + Arrays.hashCode(list.getValue());
        }
        return sum * 31 + registers.hashCode();
    }

    Map<Bytes, Bytes> remembered() {
        return remembered;
    }

    /// The whole state as bytes.
    byte[] encode() {
        int bytes = 8 * 3 + 1 + 4 + registers.size() * 16 + 4 + 4;
        for (long[] list : lists.values()) {
            bytes += Long.BYTES + Integer.BYTES + list.length * Long.BYTES;
        }
        for (Map.Entry<Bytes, Bytes> row : remembered.entrySet()) {
            bytes += 8 + row.getKey().length() + row.getValue().length();
        }
        ByteBuffer out = ByteBuffer.allocate(bytes);
        out.putLong(index).putLong(stampMicros).putLong(ticks).put((byte) (wantsTick ? 1 : 0));
        out.putInt(registers.size());
        registers.forEach((register, value) -> out.putLong(register).putLong(value));
        out.putInt(lists.size());
        lists.forEach((list, values) -> {
            out.putLong(list).putInt(values.length);
            for (long value : values) {
                out.putLong(value);
            }
        });
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
            long list = in.getLong();
            long[] values = new long[in.getInt()];
            for (int i = 0; i < values.length; i++) {
                values[i] = in.getLong();
            }
            state.lists.put(list, values);
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
        copy.lists.putAll(lists);
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
