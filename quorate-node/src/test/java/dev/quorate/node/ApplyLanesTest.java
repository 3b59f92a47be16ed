package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.StateMachine;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeEffect.Drop;
import dev.quorate.core.NodeEffect.Open;
import dev.quorate.core.NodeEffect.Query;
import dev.quorate.core.NodeEffect.Restore;
import dev.quorate.core.NodeEffect.TakeSnapshot;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Answered;
import dev.quorate.core.NodeInput.Applied;
import dev.quorate.core.NodeInput.ApplyFailed;
import dev.quorate.core.NodeInput.Flushed;
import dev.quorate.core.NodeInput.Opened;
import dev.quorate.core.NodeInput.QueryFailed;
import dev.quorate.core.NodeInput.Restored;
import dev.quorate.core.NodeInput.SnapshotFailed;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.session.EntryResult;
import dev.quorate.session.SessionCommand;
import dev.quorate.session.SessionKey;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// State machines on their lanes: what reaches them, what comes back, and what a throw does.
class ApplyLanesTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);

    private final LinkedBlockingQueue<NodeInput> posted = new LinkedBlockingQueue<>();
    private final Desk desk = new Desk();
    private ApplyLanes lanes =
            ApplyLanes.start(group -> new Recorder(), desk, 1, Duration.ofHours(1), posted::add);

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
        lanes.submit(new Query(9, G1, Bytes.EMPTY, 4, 4, Long.MAX_VALUE));

        assertThat(next()).isEqualTo(new Opened(G1, 0));
        assertThat(next()).isEqualTo(new Applied(G1, 4, List.of(value("2"), value("4")), 77, 0));
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
            assertThat(next()).isEqualTo(new Applied(G1, index, List.of(value("" + index)), 77, 0));
        }
    }

    @Test
    void aThrowingApplyStopsItsGroupAndNoOther() throws Exception {
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
        assertThat(next()).isEqualTo(new Applied(G2, 1, List.of(value("1")), 77, 0));
        assertThat(next()).isEqualTo(new Applied(G2, 2, List.of(value("2")), 77, 0));
    }

    @Test
    void aMachineThatDoesNotOpenStopsItsGroup() throws Exception {
        lanes.close();
        lanes =
                ApplyLanes.start(
                        group -> {
                            throw new IllegalStateException("no data for " + group);
                        },
                        desk,
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
        lanes =
                ApplyLanes.start(
                        group -> new Recorder(), desk, 1, Duration.ofMillis(20), posted::add);
        lanes.submit(new Open(G1));
        lanes.submit(new Apply(G1, List.of(entry(1, Entry.Kind.COMMAND, "a"))));

        assertThat(next()).isInstanceOf(Opened.class);
        assertThat(next()).isInstanceOf(Applied.class);
        assertThat(next()).isEqualTo(new Flushed(G1, 1));

        lanes.submit(new Apply(G1, List.of(entry(2, Entry.Kind.COMMAND, "b"))));
        lanes.close();
        assertThat(posted).last().isEqualTo(new Flushed(G1, 2));
    }

    @Test
    void aQueryThatFailsIsAnsweredAndChangesNothing() throws Exception {
        lanes.close();
        lanes =
                ApplyLanes.start(
                        group -> new Registers(), desk, 1, Duration.ofHours(1), posted::add);
        lanes.submit(new Open(G1));
        lanes.submit(new Apply(G1, List.of(entry(1, Entry.Kind.COMMAND, "k=1"))));
        lanes.submit(new Query(7, G1, Bytes.utf8("!"), 1, 1, Long.MAX_VALUE));
        lanes.submit(new Query(8, G1, Bytes.utf8("k"), 1, 1, 1));
        lanes.submit(new Query(9, G1, Bytes.utf8("k"), 1, 1, Long.MAX_VALUE));

        next();
        next();
        assertThat(next())
                .isInstanceOfSatisfying(
                        QueryFailed.class,
                        failed -> {
                            assertThat(failed.requestId()).isEqualTo(7);
                            assertThat(failed.code()).isEqualTo(Outcome.Code.QUERY_FAILED);
                            assertThat(failed.sentence()).contains("as asked");
                        });
        assertThat(next())
                .isInstanceOfSatisfying(
                        QueryFailed.class,
                        failed -> {
                            assertThat(failed.requestId()).isEqualTo(8);
                            assertThat(failed.code()).isEqualTo(Outcome.Code.UNSUPPORTED);
                        });
        assertThat(next()).isEqualTo(new Answered(9, G1, Bytes.utf8("1")));
    }

    @Test
    void aWriteWithASessionIsAppliedOnceAndItsResultSurvivesASnapshot() throws Exception {
        // given a machine that counts, and one that stopped
        lanes.close();
        lanes =
                ApplyLanes.start(
                        group -> new Registers(), desk, 1, Duration.ofHours(1), posted::add);
        Bytes once =
                new SessionCommand(new SessionKey(1, 2, 3, 4, 1_000), Bytes.utf8("n+")).encode();
        lanes.submit(new Open(G1));
        lanes.submit(
                new Apply(
                        G1, List.of(session(1, once), session(2, once), session(3, Bytes.EMPTY))));
        lanes.submit(new Open(G2));
        lanes.submit(new Apply(G2, List.of(entry(1, Entry.Kind.COMMAND, "!"))));

        assertThat(next()).isInstanceOf(Opened.class);
        Applied applied = (Applied) next();
        assertThat(applied.results().subList(0, 2))
                .containsExactly(value("1"), new EntryResult.Repeated(Bytes.utf8("1")));
        assertThat(applied.results().get(2)).isInstanceOf(EntryResult.Refused.class);
        assertThat(applied.remembered()).isEqualTo(1);
        assertThat(next()).isInstanceOf(Opened.class);
        assertThat(next()).isInstanceOf(ApplyFailed.class);

        // when the second becomes the first's snapshot
        lanes.submit(new TakeSnapshot(G1));
        lanes.submit(new Query(5, G1, Bytes.utf8("n"), 3, 3, Long.MAX_VALUE));
        assertThat(next()).isEqualTo(new Answered(5, G1, Bytes.utf8("1")));
        assertThat(desk.position).isEqualTo(new LogPosition(1, 3));
        SnapshotMeta meta =
                new SnapshotMeta(
                        desk.position,
                        3,
                        Configuration.of(List.of(new Member(new NodeId(1), new ReplicaId(1)))),
                        desk.content.length,
                        Bytes.wrap(new byte[SnapshotMeta.DIGEST_BYTES]));
        lanes.submit(new Restore(G2, meta));
        lanes.submit(new Apply(G2, List.of(session(4, once))));

        // then it goes on, and still knows what was written
        assertThat(next()).isEqualTo(new Restored(G2, meta));
        assertThat(next())
                .isEqualTo(
                        new Applied(
                                G2,
                                4,
                                List.of(new EntryResult.Repeated(Bytes.utf8("1"))),
                                Long.MAX_VALUE,
                                1));
    }

    @Test
    void aMachineThatHasAppliedNothingYetHasNoPositionToTakeASnapshotAt() throws Exception {
        lanes.submit(new Open(G1));
        lanes.submit(new TakeSnapshot(G1));

        assertThat(next()).isInstanceOf(Opened.class);
        assertThat(next())
                .isInstanceOfSatisfying(
                        SnapshotFailed.class, failed -> assertThat(failed.meta()).isNull());
    }

    @Test
    void aMachineThatHasAppliedJustWhatTheLogBeginsBehindKnowsItsPositionFromThere()
            throws Exception {
        // given a machine that was a snapshot up to 7 when its node stopped
        lanes.close();
        Recorder recorder = new Recorder();
        recorder.durable = 7;
        lanes = ApplyLanes.start(group -> recorder, desk, 1, Duration.ofHours(1), posted::add);

        // when it is opened, and asked for a snapshot before anything else was applied
        lanes.submit(new Open(G1, new LogPosition(4, 7), 700));
        lanes.submit(new TakeSnapshot(G1));
        lanes.submit(new Query(1, G1, Bytes.EMPTY, 7, 7, Long.MAX_VALUE));

        // then
        assertThat(next()).isEqualTo(new Opened(G1, 7));
        assertThat(next()).isInstanceOf(Answered.class);
        assertThat(desk.position).isEqualTo(new LogPosition(4, 7));
        assertThat(desk.stampMicros).isEqualTo(700);
    }

    @Test
    void aDroppedMachineIsDestroyedAndCanBeOpenedAnew() throws Exception {
        lanes.close();
        Map<GroupId, Registers> opened = new ConcurrentHashMap<>();
        lanes =
                ApplyLanes.start(
                        group -> opened.computeIfAbsent(group, _ -> new Registers()),
                        desk,
                        1,
                        Duration.ofHours(1),
                        posted::add);
        lanes.submit(new Open(G1));
        lanes.submit(new Apply(G1, List.of(entry(1, Entry.Kind.COMMAND, "k=1"))));
        lanes.submit(new Drop(G1));
        lanes.submit(new Open(G1));
        lanes.submit(new Query(5, G1, Bytes.utf8("k"), 0, 0, Long.MAX_VALUE));

        next();
        next();
        assertThat(next()).isEqualTo(new Opened(G1, 0));
        assertThat(next()).isEqualTo(new Answered(5, G1, Bytes.EMPTY));
    }

    private static Entry session(long index, Bytes payload) {
        return new Entry(1, index, index, Entry.Kind.SESSION_COMMAND, payload);
    }

    private static EntryResult value(String result) {
        return new EntryResult.Value(Bytes.utf8(result));
    }

    /// Keeps the last snapshot that was taken, and gives it back.
    private static final class Desk implements SnapshotDesk {
        private volatile LogPosition position = LogPosition.ZERO;
        private volatile byte[] content = new byte[0];
        private volatile long stampMicros;

        @Override
        public void take(
                GroupId group,
                LogPosition at,
                long stampMicros,
                StateMachine.Checkpoint checkpoint) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            checkpoint.writeTo(out::write);
            checkpoint.close();
            content = out.toByteArray();
            position = at;
            this.stampMicros = stampMicros;
        }

        @Override
        public Content fetched(GroupId group, SnapshotMeta meta) {
            ByteArrayInputStream in = new ByteArrayInputStream(content);
            return new Content() {
                @Override
                public int read(byte[] bytes, int offset, int length) {
                    return in.read(bytes, offset, length);
                }

                @Override
                public void close() {}
            };
        }
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
    private static final class Recorder extends Registers {
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
    }
}
