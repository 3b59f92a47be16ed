package dev.quorate.kv.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.api.StateMachine.Remembered;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.MalformedException;
import dev.quorate.kv.command.QueryCodec;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.ReplyCodec;
import dev.quorate.types.Bytes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is left after `kill -9` (rules R3, R4, R25): data, remembered results and applied index
/// agree, nothing that was flushed is missing, a restored state is whole or not there, and what was
/// destroyed does not come back.
class CrashTest {
    private static final int ROUNDS = 4;

    @TempDir Path directory;

    @ParameterizedTest
    @EnumSource
    @Timeout(240)
    void afterAKillTheAppliedIndexSaysExactlyWhatTheDataHolds(CrashingChild.Kind kind)
            throws Exception {
        Random random = new Random(20_26);
        Map<String, Long> said = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            // given a process that applies, restores and destroys without end
            // when it is killed, every other time in the middle of a restore
            said.putAll(runUntilKilled(kind, round % 2 == 0, 3 + random.nextInt(20)));

            // then
            String when = kind + ", round " + round;
            try (KvStateMachines machines = kind.open(directory)) {
                applied(machines, said, when);
                restored(machines, said, when);
                destroyed(machines, said, when);
            }
        }
    }

    private static void applied(KvStateMachines machines, Map<String, Long> said, String when)
            throws Exception {
        try (StateMachine machine = machines.open(CrashingChild.APPLIED)) {
            long applied = machine.durableApplied();
            assertThat(applied).as(when).isGreaterThanOrEqualTo(said.getOrDefault("applied", 0L));
            assertThat(counter(machine)).as(when).isEqualTo(applied);
            assertThat(machine.remembered())
                    .as("remembered, %s", when)
                    .hasSize(applied > CrashingChild.PADDING_ROWS ? CrashingChild.REMEMBERED : 0)
                    .allSatisfy(one -> assertResult(one, applied));
        }
    }

    private static void assertResult(Remembered one, long applied) throws MalformedException {
        long index = Long.parseLong(one.name().toUtf8());
        assertThat(index).isBetween(applied - CrashingChild.REMEMBERED + 1, applied);
        assertThat(ReplyCodec.decode(one.result())).isEqualTo(new Reply.Int(index));
    }

    private static void restored(KvStateMachines machines, Map<String, Long> said, String when)
            throws Exception {
        try (StateMachine machine = machines.open(CrashingChild.RESTORED)) {
            long restored = machine.durableApplied();
            assertThat(restored).as(when).isGreaterThanOrEqualTo(said.getOrDefault("restored", 0L));
            assertThat(counter(machine)).as(when).isEqualTo(restored);
            assertThat(machine.remembered())
                    .as("remembered, %s", when)
                    .hasSize(restored == 0 ? 0 : CrashingChild.REMEMBERED);
        }
    }

    private static void destroyed(KvStateMachines machines, Map<String, Long> said, String when)
            throws Exception {
        try (StateMachine machine = machines.open(CrashingChild.DESTROYED)) {
            long counted = counter(machine);
            assertThat(counted == 0).as(when).isEqualTo(machine.durableApplied() == 0);
            if (counted > 0) {
                // each life counts in steps of its own number
                assertThat(counted / machine.durableApplied())
                        .as(when)
                        .isGreaterThan(said.getOrDefault("destroyed", 0L));
            }
        }
    }

    /// Runs a child until it has said so many things, and kills it.
    ///
    /// @return the last number that it gave to each thing it did
    private Map<String, Long> runUntilKilled(
            CrashingChild.Kind kind, boolean whileRestoring, int lines)
            throws IOException, InterruptedException {
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CrashingChild.class.getName(),
                                kind.name(),
                                directory.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        Map<String, Long> said = new TreeMap<>();
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            boolean restoring = false;
            for (int i = 0; i < lines || restoring != whileRestoring; i++) {
                String line = reader.readLine();
                assertThat(line).as("line %s of the child", i).isNotNull();
                restoring = line.startsWith("restoring");
                int space = line.indexOf(' ');
                said.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
            }
        } finally {
            child.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
        }
        return said;
    }

    private static long counter(StateMachine machine) throws MalformedException {
        Bytes answer =
                machine.query(
                        QueryCodec.encode(new KvQuery.Get(CrashingChild.COUNTER)),
                        new QueryContext(machine.durableApplied(), 0, 0, Long.MAX_VALUE));
        return ReplyCodec.decode(answer) instanceof Reply.Bulk(Bytes value)
                ? Long.parseLong(value.toUtf8())
                : 0;
    }
}
