package dev.quorate.sim;

import dev.quorate.api.StateMachine;
import dev.quorate.types.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// A state machine of registers and lists whose storage forgets like a real engine: after a crash
/// it holds some prefix of what was applied, never less than the last flush (rule R25).
public final class RegisterMachine implements StateMachine {
    private static final int PIECE_BYTES = 512;

    private RegisterState state;
    private RegisterState durable;
    private final List<Command> unflushed = new ArrayList<>();

    /// An empty machine.
    public RegisterMachine() {
        this(new RegisterState());
    }

    private RegisterMachine(RegisterState stored) {
        state = stored;
        durable = stored.copy();
    }

    /// What is found after a crash now.
    RegisterMachine crashed(Prng random) {
        int kept = unflushed.isEmpty() ? 0 : random.nextInt(unflushed.size() + 1);
        unflushed.subList(0, kept).forEach(durable::apply);
        return new RegisterMachine(durable);
    }

    @Override
    public long durableApplied() {
        return durable.index();
    }

    @Override
    public List<Bytes> apply(List<Command> commands) {
        List<Bytes> results = new ArrayList<>(commands.size());
        for (Command command : commands) {
            results.add(state.apply(command));
            unflushed.add(command);
        }
        return results;
    }

    @Override
    public Bytes query(Bytes query, QueryContext context) {
        return state.answer(query);
    }

    @Override
    public long tickAtMicros() {
        return state.tickAtMicros();
    }

    @Override
    public void flush() {
        unflushed.forEach(durable::apply);
        unflushed.clear();
    }

    @Override
    public List<Remembered> remembered() {
        List<Remembered> rows = new ArrayList<>();
        state.remembered().forEach((name, result) -> rows.add(new Remembered(name, result)));
        return rows;
    }

    @Override
    public Checkpoint checkpoint() {
        byte[] frozen = state.encode();
        return new Checkpoint() {
            @Override
            public void writeTo(SnapshotWriter out) {
                for (int at = 0; at < frozen.length; at += PIECE_BYTES) {
                    out.write(frozen, at, Math.min(PIECE_BYTES, frozen.length - at));
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void restore(long index, SnapshotReader in) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece = new byte[PIECE_BYTES];
        for (int read = in.read(piece, 0, piece.length);
                read >= 0;
                read = in.read(piece, 0, piece.length)) {
            all.write(piece, 0, read);
        }
        state = RegisterState.decode(all.toByteArray());
        // entries that change nothing of the machine's lie between its last command and the index
        state.skipTo(index);
        durable = state.copy();
        unflushed.clear();
    }

    @Override
    public void destroy() {
        state = new RegisterState();
        durable = new RegisterState();
        unflushed.clear();
    }

    /// A number for the whole state; equal logs give equal numbers.
    long stateHash() {
        return state.hash();
    }

    @Override
    public void close() {}
}
