package dev.quorate.kv.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.Command;
import dev.quorate.api.StateMachine.Remembered;
import dev.quorate.api.StateMachine.SnapshotReader;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A machine becomes what another was: all of it, or nothing (rule R4).
class SnapshotTest {
    private static final GroupId GROUP = new GroupId(1);

    @TempDir Path directory;

    enum Kind {
        MEMORY,
        ROCKS,
    }

    private KvStateMachines open(Kind kind, String name) {
        Path own = directory.resolve(name);
        return switch (kind) {
            case MEMORY -> KvStateMachines.memory(own);
            case ROCKS -> KvStateMachines.rocks(own);
        };
    }

    @ParameterizedTest
    @EnumSource
    void aRestoredMachineHasTheSameStateAndGoesOnTheSameWay(Kind kind) {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            try (KvStateMachines ours = open(kind, "a" + seed);
                    KvStateMachines theirs = open(kind, "b" + seed);
                    StateMachine source = ours.open(GROUP);
                    StateMachine target = theirs.open(GROUP)) {
                // given two machines with different pasts
                Log log = new Log(random);
                source.apply(log.next(500));
                target.apply(new Log(new Random(seed + 1000)).next(300));

                // when one becomes the other's snapshot, which reaches past its last command
                long index = log.index + 3;
                target.restore(index, reader(content(source), random));

                // then
                assertThat(target.durableApplied()).as("seed %s", seed).isEqualTo(index);
                assertThat(sorted(target.remembered()))
                        .as("seed %s", seed)
                        .isEqualTo(sorted(source.remembered()))
                        .isNotEmpty();
                log.index = index;
                List<Command> more = log.next(500);
                assertThat(target.apply(more)).as("seed %s", seed).isEqualTo(source.apply(more));
                assertThat(content(target)).as("seed %s", seed).isEqualTo(content(source));
                assertThat(target.tickAtMicros()).isEqualTo(source.tickAtMicros());
            } catch (Exception e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCheckpointStaysAsItWasAndOutlivesItsMachine(Kind kind) throws Exception {
        byte[] before;
        Checkpoint checkpoint;
        try (KvStateMachines machines = open(kind, "a");
                StateMachine machine = machines.open(GROUP)) {
            Log log = new Log(new Random(7));
            machine.apply(log.next(400));
            before = content(machine);
            checkpoint = machine.checkpoint();
            machine.apply(log.next(400));
            machine.flush();
            assertThat(content(machine)).isNotEqualTo(before);
        }
        try (checkpoint) {
            assertThat(content(checkpoint)).isEqualTo(before);
        }
        // and only now the store is closed
        open(kind, "a").close();
    }

    @ParameterizedTest
    @EnumSource
    void whatWasRestoredIsFoundAgain(Kind kind) throws Exception {
        byte[] content;
        try (KvStateMachines machines = open(kind, "a");
                StateMachine machine = machines.open(GROUP)) {
            Log log = new Log(new Random(3));
            machine.apply(log.next(300));
            content = content(machine);
        }
        try (KvStateMachines machines = open(kind, "b");
                StateMachine machine = machines.open(GROUP)) {
            machine.apply(new Log(new Random(4)).next(200));
            machine.restore(10_000, reader(content, new Random(1)));
        }
        try (KvStateMachines machines = open(kind, "b");
                StateMachine machine = machines.open(GROUP)) {
            assertThat(machine.durableApplied()).isEqualTo(10_000);
            // the same rows, but for the index that the snapshot was said to reach to
            assertThat(content(machine)).hasSameSizeAs(content);
            assertThat(machine.remembered()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedSnapshotChangesNothing(Kind kind) throws Exception {
        byte[] content;
        try (KvStateMachines machines = open(kind, "a");
                StateMachine machine = machines.open(GROUP)) {
            machine.apply(new Log(new Random(5)).next(20));
            content = content(machine);
        }
        Random random = new Random(9);
        for (int round = 0; round < 60; round++) {
            byte[] damaged = Arrays.copyOf(content, content.length);
            if (round % 2 == 0) {
                damaged = Arrays.copyOf(content, random.nextInt(content.length));
            } else {
                damaged[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] bad = damaged;
            byte[] before;
            try (KvStateMachines machines = open(kind, "b");
                    StateMachine machine = machines.open(GROUP)) {
                if (round == 0) {
                    machine.apply(new Log(new Random(6)).next(50));
                    machine.restore(200, reader(content(machine), random));
                }
                before = content(machine);
                assertThatThrownBy(() -> machine.restore(1_000, reader(bad, random)))
                        .as("round %s", round)
                        .isInstanceOf(RuntimeException.class);
            }
            try (KvStateMachines machines = open(kind, "b");
                    StateMachine machine = machines.open(GROUP)) {
                assertThat(machine.durableApplied()).as("round %s", round).isEqualTo(200);
                assertThat(content(machine)).as("round %s", round).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDestroyedMachineLeavesNothingAndItsNeighbourEverything(Kind kind) throws Exception {
        byte[] neighbours;
        try (KvStateMachines machines = open(kind, "a");
                StateMachine machine = machines.open(GROUP);
                StateMachine neighbour = machines.open(new GroupId(2))) {
            machine.apply(new Log(new Random(1)).next(100));
            machine.restore(500, reader(content(machine), new Random(1)));
            neighbour.apply(new Log(new Random(2)).next(100));
            neighbour.restore(500, reader(content(neighbour), new Random(1)));
            neighbours = content(neighbour);

            machine.destroy();
        }
        try (KvStateMachines machines = open(kind, "a");
                StateMachine machine = machines.open(GROUP);
                StateMachine neighbour = machines.open(new GroupId(2))) {
            assertThat(machine.durableApplied()).isZero();
            assertThat(machine.remembered()).isEmpty();
            assertThat(machine.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
            assertThat(content(neighbour)).isEqualTo(neighbours);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatGroupsLeftBehindIsRemovedWhenTheyAreNotHostedAnyMore(Kind kind) throws Exception {
        try (KvStateMachines machines = open(kind, "a")) {
            for (long group : new long[] {1, 2, 7, 1000}) {
                try (StateMachine machine = machines.open(new GroupId(group))) {
                    machine.apply(new Log(new Random(group)).next(10));
                    machine.restore(50, reader(content(machine), new Random(1)));
                }
            }
        }
        try (KvStateMachines machines = open(kind, "a")) {
            machines.keepOnly(List.of(new GroupId(0), new GroupId(2), new GroupId(1000)));
        }
        try (KvStateMachines machines = open(kind, "a")) {
            for (long group : new long[] {1, 2, 7, 1000}) {
                try (StateMachine machine = machines.open(new GroupId(group))) {
                    assertThat(machine.durableApplied())
                            .as("group %s", group)
                            .isEqualTo(group == 2 || group == 1000 ? 50 : 0);
                }
            }
        }
    }

    @Test
    void theMemoryEngineSavesAgainOnlyWhenMuchHasChanged() throws Exception {
        Bytes value = Bytes.wrap(new byte[300_000]);
        try (KvStateMachines machines = KvStateMachines.memory(directory.resolve("m"))) {
            try (StateMachine machine = machines.open(GROUP)) {
                long index = 0;
                for (int i = 0; i < 3; i++) {
                    index++;
                    machine.apply(List.of(new Command(index, index, set("k" + i, value))));
                    machine.flush();
                    assertThat(machine.durableApplied()).isZero();
                }
                index++;
                machine.apply(List.of(new Command(index, index, set("k3", value))));
                machine.flush();
                assertThat(machine.durableApplied()).isEqualTo(index);

                machine.apply(List.of(new Command(index + 1, index + 1, set("k4", value))));
                machine.flush();
                assertThat(machine.durableApplied()).isEqualTo(index);
            }
            // when it is opened again, it is where the file was written
            try (StateMachine machine = machines.open(GROUP)) {
                assertThat(machine.durableApplied()).isEqualTo(4);
            }
        }
    }

    private static Bytes set(String key, Bytes value) {
        return WriteCodec.encode(
                new KvWrite.Set(
                        Bytes.utf8(key), value, Condition.ALWAYS, Answer.OK, new Expiry.Never()));
    }

    private static byte[] content(StateMachine machine) throws Exception {
        try (Checkpoint checkpoint = machine.checkpoint()) {
            return content(checkpoint);
        }
    }

    private static byte[] content(Checkpoint checkpoint) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        checkpoint.writeTo(out::write);
        return out.toByteArray();
    }

    /// Gives the content in pieces of any size.
    private static SnapshotReader reader(byte[] content, Random random) {
        int[] at = {0};
        return (bytes, offset, length) -> {
            int left = content.length - at[0];
            if (left == 0) {
                return -1;
            }
            int part = Math.min(left, 1 + random.nextInt(length));
            System.arraycopy(content, at[0], bytes, offset, part);
            at[0] += part;
            return part;
        };
    }

    private static List<String> sorted(List<Remembered> remembered) {
        List<String> all = new ArrayList<>();
        for (Remembered one : remembered) {
            all.add(one.name().toUtf8() + "=" + Arrays.toString(one.result().toByteArray()));
        }
        all.sort(null);
        return all;
    }

    /// A random log with expiry and remembered results.
    private static final class Log {
        private final Random random;
        private final List<Bytes> names = new ArrayList<>();
        private long index;
        private long stampMicros = 1_000;

        Log(Random random) {
            this.random = random;
        }

        List<Command> next(int count) {
            List<Command> commands = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                index += 1 + random.nextInt(2);
                stampMicros += 1 + random.nextInt(40);
                Bytes name = random.nextInt(3) == 0 ? Bytes.utf8("name" + index) : null;
                List<Bytes> forget = names.size() > 20 ? List.of(names.removeFirst()) : List.of();
                if (name != null) {
                    names.add(name);
                }
                commands.add(new Command(index, stampMicros, command(), name, forget));
            }
            return commands;
        }

        private Bytes command() {
            Bytes key = Bytes.utf8("k" + random.nextInt(30));
            return WriteCodec.encode(
                    switch (random.nextInt(3)) {
                        case 0 -> new KvWrite.Increment(Bytes.utf8("n" + random.nextInt(5)), 1);
                        case 1 ->
                                new KvWrite.Set(
                                        key,
                                        Bytes.wrap(new byte[random.nextInt(2_000)]),
                                        Condition.ALWAYS,
                                        Answer.OK,
                                        new Expiry.After(random.nextInt(4_000)));
                        default -> new KvWrite.Append(key, Bytes.utf8("x"), 1_000);
                    });
        }
    }
}
