package dev.quorate.kv.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.Command;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.QueryCodec;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.ReplyCodec;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is left after `kill -9` (rule R3): data and applied index agree, and nothing flushed is
/// missing.
class CrashTest {
    private static final Bytes COUNTER = Bytes.utf8("counter");

    @TempDir Path directory;

    @Test
    @Timeout(120)
    void afterAKillTheAppliedIndexSaysExactlyWhatTheDataHolds() throws Exception {
        for (int round = 0; round < 2; round++) {
            // given a process that applies without end, and says what it has flushed
            Process child =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Xmx256m",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Child.class.getName(),
                                    directory.toString())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            long flushed = 0;
            try (BufferedReader lines =
                    new BufferedReader(
                            new InputStreamReader(
                                    child.getInputStream(), StandardCharsets.UTF_8))) {
                for (int i = 0; i < 5; i++) {
                    String line = lines.readLine();
                    assertThat(line).as("child's line %s of round %s", i, round).isNotNull();
                    flushed = Long.parseLong(line);
                }

                // when
                child.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            }

            // then
            try (KvStateMachines machines = KvStateMachines.rocks(directory);
                    StateMachine machine = machines.open(new GroupId(1))) {
                long applied = machine.durableApplied();
                assertThat(applied).isGreaterThanOrEqualTo(flushed);
                Bytes answer =
                        machine.query(
                                QueryCodec.encode(new KvQuery.Get(COUNTER)),
                                new QueryContext(applied, 0, 0));
                assertThat(ReplyCodec.decode(answer))
                        .isEqualTo(new Reply.Bulk(Bytes.utf8(Long.toString(applied))));
            }
        }
    }

    /// Increments a counter once per entry, so that counter and index must be equal.
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            Writer out =
                    new OutputStreamWriter(
                            new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8);
            KvStateMachines machines = KvStateMachines.rocks(Path.of(arguments[0]));
            StateMachine machine = machines.open(new GroupId(1));
            StateMachine other = machines.open(new GroupId(2));
            Bytes increment = WriteCodec.encode(new KvWrite.Increment(COUNTER, 1));
            long index = machine.durableApplied();
            long otherIndex = other.durableApplied();
            while (true) {
                for (int i = 0; i < 500; i++) {
                    index++;
                    machine.apply(List.of(new Command(index, index * 10, increment)));
                    otherIndex++;
                    other.apply(List.of(new Command(otherIndex, otherIndex * 10, increment)));
                }
                machine.flush();
                out.write(machine.durableApplied() + "\n");
                out.flush();
            }
        }
    }
}
