package dev.quorate.kv.engine;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.Command;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A process that works on three groups until it is killed, and says after each step what must
/// survive: a counter equals the applied index in every state that was ever there.
final class CrashingChild {
    static final GroupId APPLIED = new GroupId(1);
    static final GroupId RESTORED = new GroupId(2);
    static final GroupId DESTROYED = new GroupId(3);
    static final Bytes COUNTER = Bytes.utf8("counter");
    static final int REMEMBERED = 10;

    private static final int BATCH = 200;
    static final int PADDING_ROWS = 400;
    private static final int PADDING_BYTES = 20_000;

    enum Kind {
        MEMORY,
        ROCKS;

        KvStateMachines open(Path directory) {
            return switch (this) {
                case MEMORY -> KvStateMachines.memory(directory);
                case ROCKS -> KvStateMachines.rocks(directory);
            };
        }
    }

    private final Writer out =
            new OutputStreamWriter(
                    new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8);
    private final KvStateMachines machines;

    private CrashingChild(KvStateMachines machines) {
        this.machines = machines;
    }

    public static void main(String[] arguments) throws Exception {
        Kind kind = Kind.valueOf(arguments[0]);
        new CrashingChild(kind.open(Path.of(arguments[1]))).run();
    }

    private void run() throws Exception {
        StateMachine applied = machines.open(APPLIED);
        StateMachine restored = machines.open(RESTORED);
        StateMachine destroyed = machines.open(DESTROYED);
        long index = applied.durableApplied();
        if (index == 0) {
            index = pad(applied);
        }
        for (long life = 1 + index / BATCH; ; life++) {
            count(applied, index, 1);
            index += BATCH;
            applied.flush();
            say("applied", applied.durableApplied());

            byte[] content = content(applied);
            say("restoring", index);
            ByteArrayInputStream in = new ByteArrayInputStream(content);
            restored.restore(index, in::read);
            say("restored", index);

            destroyed.destroy();
            destroyed.close();
            say("destroyed", life - 1);
            destroyed = machines.open(DESTROYED);
            count(destroyed, 0, life);
            destroyed.flush();
        }
    }

    /// Applies a batch, entry by entry: each adds `step`.
    private static void count(StateMachine machine, long after, long step) {
        Bytes increment = WriteCodec.encode(new KvWrite.Increment(COUNTER, step));
        for (long index = after + 1; index <= after + BATCH; index++) {
            List<Bytes> forget = new ArrayList<>();
            if (index > REMEMBERED) {
                forget.add(Bytes.utf8(Long.toString(index - REMEMBERED)));
            }
            machine.apply(
                    List.of(
                            new Command(
                                    index,
                                    index * 10,
                                    increment,
                                    Bytes.utf8(Long.toString(index)),
                                    forget)));
        }
    }

    /// Counts while it makes the state so large that restoring it takes its time.
    private static long pad(StateMachine machine) {
        Bytes value = Bytes.wrap(new byte[PADDING_BYTES]);
        List<Command> commands = new ArrayList<>();
        for (long index = 1; index <= PADDING_ROWS; index++) {
            Bytes command =
                    WriteCodec.encode(
                            index < PADDING_ROWS
                                    ? new KvWrite.Set(
                                            Bytes.utf8("pad" + index),
                                            value,
                                            Condition.ALWAYS,
                                            Answer.OK,
                                            new Expiry.Never())
                                    : new KvWrite.Increment(COUNTER, PADDING_ROWS));
            commands.add(new Command(index, index * 10, command));
        }
        machine.apply(commands);
        return PADDING_ROWS;
    }

    private static byte[] content(StateMachine machine) throws Exception {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (Checkpoint checkpoint = machine.checkpoint()) {
            checkpoint.writeTo(content::write);
        }
        return content.toByteArray();
    }

    private void say(String what, long number) throws IOException {
        out.write(what + " " + number + "\n");
        out.flush();
    }
}
