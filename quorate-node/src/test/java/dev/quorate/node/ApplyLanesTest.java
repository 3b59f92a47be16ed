package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeEffect.Open;
import dev.quorate.core.NodeEffect.Query;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Answered;
import dev.quorate.core.NodeInput.Applied;
import dev.quorate.core.NodeInput.ApplyFailed;
import dev.quorate.core.NodeInput.Flushed;
import dev.quorate.core.NodeInput.Opened;
import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// State machines on their lanes: what reaches them, what comes back, and what a throw does.
class ApplyLanesTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);

    private final LinkedBlockingQueue<NodeInput> posted = new LinkedBlockingQueue<>();
    private ApplyLanes lanes =
            ApplyLanes.start(group -> new Recorder(), 1, Duration.ofHours(1), posted::add);

    @AfterEach
    void close() {
        lanes.close();
    }

    @Test
    void onlyCommandsAndTicksReachTheMachineAndOnlyCommandsHaveResults() throws Exception {
        lanes.submit(new Open(G1));
        lanes.submit(
                new Apply(
                        G1,
                        List.of(
                                entry(1, Entry.Kind.NOOP, ""),
                                entry(2, Entry.Kind.COMMAND, "a"),
                                entry(3, Entry.Kind.TICK, ""),
                                entry(4, Entry.Kind.COMMAND, "b"))));
        lanes.submit(new Query(9, G1, Bytes.EMPTY, 4, 4));

        assertThat(next()).isEqualTo(new Opened(G1, 0));
        assertThat(next())
                .isEqualTo(new Applied(G1, 4, List.of(Bytes.utf8("2"), Bytes.utf8("4")), 77));
        assertThat(next()).isEqualTo(new Answered(9, G1, Bytes.utf8("2:a 3: 4:b ")));
    }

    @Test
    void everyApplyIsCompletedByItself() throws Exception {
        lanes.submit(new Open(G1));
        for (long index = 1; index <= 50; index++) {
            lanes.submit(new Apply(G1, List.of(entry(index, Entry.Kind.COMMAND, "a"))));
        }

        assertThat(next()).isInstanceOf(Opened.class);
        for (long index = 1; index <= 50; index++) {
            assertThat(next())
                    .isEqualTo(new Applied(G1, index, List.of(Bytes.utf8("" + index)), 77));
        }
    }

    @Test
    void aThrowingApplyStopsItsGroupOnceAndNoOther() throws Exception {
        lanes.submit(new Open(G1));
        lanes.submit(new Open(G2));
        lanes.submit(new Apply(G1, List.of(entry(1, Entry.Kind.COMMAND, "throw"))));
        lanes.submit(new Apply(G2, List.of(entry(1, Entry.Kind.COMMAND, "a"))));
        lanes.submit(new Apply(G1, List.of(entry(2, Entry.Kind.COMMAND, "b"))));
        lanes.submit(new Apply(G2, List.of(entry(2, Entry.Kind.COMMAND, "c"))));

        assertThat(next()).isEqualTo(new Opened(G1, 0));
        assertThat(next()).isEqualTo(new Opened(G2, 0));
        assertThat(next())
                .isInstanceOfSatisfying(
                        ApplyFailed.class,
                        failed -> {
                            assertThat(failed.group()).isEqualTo(G1);
                            assertThat(failed.cause()).contains("as asked");
                        });
        assertThat(next()).isEqualTo(new Applied(G2, 1, List.of(Bytes.utf8("1")), 77));
        assertThat(next()).isEqualTo(new Applied(G2, 2, List.of(Bytes.utf8("2")), 77));
    }

    @Test
    void aMachineThatDoesNotOpenStopsItsGroup() throws Exception {
        lanes.close();
        lanes =
                ApplyLanes.start(
                        group -> {
                            throw new IllegalStateException("no data for " + group);
                        },
                        2,
                        Duration.ofHours(1),
                        posted::add);

        lanes.submit(new Open(G1));

        assertThat(next())
                .isInstanceOfSatisfying(
                        ApplyFailed.class,
                        failed -> assertThat(failed.cause()).contains("no data for g1"));
    }

    @Test
    void whatWasAppliedIsFlushedByAgeAndWhenTheLaneCloses() throws Exception {
        lanes.close();
        lanes = ApplyLanes.start(group -> new Recorder(), 1, Duration.ofMillis(20), posted::add);
        lanes.submit(new Open(G1));
        lanes.submit(new Apply(G1, List.of(entry(1, Entry.Kind.COMMAND, "a"))));

        assertThat(next()).isInstanceOf(Opened.class);
        assertThat(next()).isInstanceOf(Applied.class);
        assertThat(next()).isEqualTo(new Flushed(G1, 1));

        lanes.submit(new Apply(G1, List.of(entry(2, Entry.Kind.COMMAND, "b"))));
        lanes.close();
        assertThat(posted).last().isEqualTo(new Flushed(G1, 2));
    }

    private NodeInput next() throws InterruptedException {
        NodeInput input = posted.poll(20, TimeUnit.SECONDS);
        if (input == null) {
            throw new AssertionError("nothing was posted");
        }
        return input;
    }

    private static Entry entry(long index, Entry.Kind kind, String payload) {
        return new Entry(1, index, index, kind, Bytes.utf8(payload));
    }

    /// Answers each command with its index, and a query with all it was given.
    private static final class Recorder implements StateMachine {
        private final StringBuilder seen = new StringBuilder();
        private long applied;
        private long durable;

        @Override
        public long durableApplied() {
            return durable;
        }

        @Override
        public List<Bytes> apply(List<Command> commands) {
            List<Bytes> results = new ArrayList<>();
            for (Command command : commands) {
                String text = command.command().toUtf8();
                if (text.equals("throw")) {
                    throw new IllegalStateException("as asked");
                }
                seen.append(command.index()).append(':').append(text).append(' ');
                applied = command.index();
                results.add(Bytes.utf8(Long.toString(command.index())));
            }
            return results;
        }

        @Override
        public Bytes query(Bytes query, QueryContext context) {
            return Bytes.utf8(seen.toString());
        }

        @Override
        public long tickAtMicros() {
            return 77;
        }

        @Override
        public void flush() {
            durable = applied;
        }

        @Override
        public void close() {}
    }
}
