package dev.quorate.kv.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.Command;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.kv.engine.MemoryEngine;
import dev.quorate.kv.engine.RocksEngine;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the machine promises to the library that drives it.
class KvStateMachineTest {
    private static final Bytes KEY = Bytes.utf8("k");
    private static final Bytes VALUE = Bytes.utf8("v");
    private static final KvWrite SET =
            new KvWrite.Set(KEY, VALUE, Condition.ALWAYS, Answer.OK, new Expiry.At(9_000_000));

    @TempDir Path directory;

    @Test
    void whatWasFlushedIsFoundAgainWithItsIndexSizeAndExpiry() {
        // given
        try (RocksEngine engine = RocksEngine.open(directory)) {
            Bench bench = new Bench(engine);
            assertThat(bench.machine.durableApplied()).isZero();
            bench.write(SET);
            bench.tick();
            assertThat(bench.machine.durableApplied()).isZero();

            // when
            bench.machine.flush();

            // then
            assertThat(bench.machine.durableApplied()).isEqualTo(2);
        }
        try (RocksEngine engine = RocksEngine.open(directory)) {
            Bench bench = new Bench(engine);
            assertThat(bench.machine.durableApplied()).isEqualTo(2);
            assertThat(bench.machine.tickAtMicros()).isEqualTo(9_000_000);
            assertThat(bench.read(new KvQuery.Size())).isEqualTo(new Reply.Int(1));
            assertThat(bench.read(new KvQuery.Get(KEY))).isEqualTo(new Reply.Bulk(VALUE));
        }
    }

    @Test
    void aMachineOpenedAgainInTheSameProcessClaimsOnlyWhatIsDurable() throws Exception {
        // given applied but never flushed
        try (KvStateMachines machines = KvStateMachines.rocks(directory)) {
            StateMachine first = machines.open(new GroupId(1));
            first.apply(List.of(new Command(7, 7, WriteCodec.encode(SET))));
            first.close();

            // when it is opened again
            try (StateMachine second = machines.open(new GroupId(1))) {
                // then what it claims was made durable by opening it
                assertThat(second.durableApplied()).isEqualTo(7);
            }
        }
    }

    @Test
    void theMemoryEngineNeverClaimsToBeDurableAndStartsOver() throws Exception {
        try (KvStateMachines machines = KvStateMachines.memory()) {
            StateMachine first = machines.open(new GroupId(1));
            first.apply(List.of(new Command(1, 1, WriteCodec.encode(SET))));
            first.flush();
            assertThat(first.durableApplied()).isZero();
            first.close();

            try (StateMachine second = machines.open(new GroupId(1))) {
                assertThat(second.durableApplied()).isZero();
                assertThat(second.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
                // replaying the log from its start is not mistaken for a repetition
                assertThat(second.apply(List.of(new Command(1, 1, WriteCodec.encode(SET)))))
                        .hasSize(1);
            }
        }
    }

    @Test
    void groupsDoNotSeeEachOther() {
        MemoryEngine engine = new MemoryEngine();
        KvStateMachine first = Bench.machine(engine, 1);
        KvStateMachine second = Bench.machine(engine, 2);

        first.apply(List.of(new Command(1, 1, WriteCodec.encode(SET))));

        assertThat(second.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
        Bytes deleted =
                second.apply(
                                List.of(
                                        new Command(
                                                1,
                                                1,
                                                WriteCodec.encode(
                                                        new KvWrite.Delete(List.of(KEY))))))
                        .getFirst();
        assertThat(deleted.at(deleted.length() - 1)).isZero();
        assertThat(first.tickAtMicros()).isEqualTo(9_000_000);
    }

    @Test
    void garbageIsAnsweredWithAnErrorAndChangesNothing() {
        for (long seed = 1; seed <= 2_000; seed++) {
            Random random = new Random(seed);
            byte[] garbage = new byte[1 + random.nextInt(40)];
            random.nextBytes(garbage);
            garbage[0] = (byte) (garbage[0] | 0x80);
            Bench bench = new Bench();

            Reply reply = bench.raw(Bytes.wrap(garbage));

            assertThat(reply).as("seed %s", seed).isInstanceOf(Reply.Failure.class);
            assertThat(bench.rows()).as("seed %s", seed).hasSize(1);
        }
    }

    @Test
    void anEntryOutOfOrderStopsTheMachine() {
        Bench bench = new Bench();
        bench.tick();
        assertThatThrownBy(() -> bench.machine.apply(List.of(new Command(1, 99, Bytes.EMPTY))))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theStoreStaysOpenUntilItsLastUserIsDone() {
        KvStateMachines machines = KvStateMachines.rocks(directory);
        StateMachine machine = machines.open(new GroupId(1));

        machines.close();
        machine.apply(List.of(new Command(1, 1, WriteCodec.encode(SET))));
        machine.flush();
        machine.close();
        machine.close();

        assertThatThrownBy(() -> machines.open(new GroupId(2)))
                .isInstanceOf(IllegalStateException.class);
        // the directory is free again
        KvStateMachines.rocks(directory).close();
    }
}
