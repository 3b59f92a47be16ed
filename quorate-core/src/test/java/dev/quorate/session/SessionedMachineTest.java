package dev.quorate.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome.Code;
import dev.quorate.api.StateMachine;
import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Writes with a session are applied once, and answered with their first result (rule R20).
class SessionedMachineTest {
    private final Counter counter = new Counter();
    private final SessionedMachine sessions = new SessionedMachine(counter);
    private long lastIndex;

    private static SessionKey key(long sequence, long notAfterMicros) {
        return new SessionKey(SessionKey.NO_VSHARD, 1, 2, sequence, notAfterMicros);
    }

    private Entry write(long stampMicros, SessionKey key) {
        Bytes payload = new SessionCommand(key, Bytes.utf8("add")).encode();
        return new Entry(1, ++lastIndex, stampMicros, Entry.Kind.SESSION_COMMAND, payload);
    }

    private List<EntryResult> apply(Entry... entries) {
        return sessions.apply(List.of(entries));
    }

    private static EntryResult value(int count) {
        return new EntryResult.Value(Bytes.utf8("" + count));
    }

    private static EntryResult repeated(int count) {
        return new EntryResult.Repeated(Bytes.utf8("" + count));
    }

    @Test
    void aWriteThatIsTriedAgainIsAnsweredWithItsFirstResult() {
        // given
        assertThat(apply(write(10, key(1, 100)))).containsExactly(value(1));
        assertThat(apply(write(11, key(2, 100)))).containsExactly(value(2));

        // when, at the last moment, the first is tried again
        List<EntryResult> again = apply(write(100, key(1, 100)));

        // then
        assertThat(again).containsExactly(repeated(1));
        assertThat(counter.count).isEqualTo(2);
        assertThat(sessions.remembered()).isEqualTo(2);
    }

    @Test
    void aRepetitionInTheSameBatchIsOneToo() {
        assertThat(apply(write(10, key(1, 100)), write(11, key(1, 100))))
                .containsExactly(value(1), repeated(1));
        assertThat(counter.count).isEqualTo(1);
    }

    @Test
    void afterItsTimeAWriteIsRefusedForEver() {
        // given
        apply(write(10, key(1, 100)));

        // when
        List<EntryResult> late = apply(write(101, key(1, 100)), write(102, key(2, 100)));

        // then it does not matter whether it had been applied, and nothing is remembered of it
        assertThat(late).allMatch(result -> code(result) == Code.EXPIRED);
        assertThat(counter.count).isEqualTo(1);
        assertThat(sessions.remembered()).isZero();
    }

    @Test
    void whatTheMachineHadAppliedWhenItWasOpenedChangesNothing() {
        // given a machine that has applied two entries in an earlier life
        Counter old = new Counter();
        old.durableApplied = 2;
        SessionedMachine restarted = new SessionedMachine(old);

        // when it is handed the second once more, for its term and time, and then a third
        lastIndex = 1;
        Entry second = write(10, key(1, 100));
        Entry third = write(11, key(2, 100));
        List<EntryResult> results = restarted.apply(List.of(second, third));

        // then
        assertThat(results).hasSize(2).last().isEqualTo(value(1));
        assertThat(old.count).isEqualTo(1);
    }

    @Test
    void aResultThatNobodyMayAskForIsForgottenWithTheNextCommand() {
        // given
        apply(write(10, key(1, 100)));

        // when
        apply(write(200, key(2, 300)));

        // then
        assertThat(counter.kept).containsOnlyKeys(name(key(2, 300)));
    }

    @Test
    void nobodyIsRememberedForLongerThanTheLongestTime() {
        // given
        long longest = 10 + SessionTable.WINDOW_MICROS_MAX;

        // then
        assertThat(code(apply(write(10, key(1, longest + 1))).getFirst())).isEqualTo(Code.INVALID);
        assertThat(apply(write(10, key(1, longest)))).containsExactly(value(1));
    }

    @Test
    void aSnapshotBringsWhatWasRemembered() {
        // given a snapshot of a replica that has applied a write which this one has not
        counter.inSnapshot = new StateMachine.Remembered(key(1, 100).encode(), Bytes.utf8("9"));
        apply(write(10, key(5, 100)));

        // when
        sessions.restore(40, (_, _, _) -> -1);
        lastIndex = 40;

        // then
        assertThat(apply(write(50, key(1, 100)))).containsExactly(repeated(9));
        assertThat(apply(write(51, key(5, 100)))).containsExactly(value(2));
    }

    private static Code code(EntryResult result) {
        return ((EntryResult.Refused) result).code();
    }

    private static String name(SessionKey key) {
        return key.encode().toString() + key.encode().hashCode();
    }

    /// Counts what it applies, and keeps what it shall.
    private static final class Counter implements StateMachine {
        private long durableApplied;
        private final TreeMap<String, Remembered> kept = new TreeMap<>();
        private Remembered inSnapshot = new Remembered(Bytes.EMPTY, Bytes.EMPTY);
        private int count;

        @Override
        public List<Bytes> apply(List<Command> commands) {
            List<Bytes> results = new ArrayList<>();
            for (Command command : commands) {
                Bytes result = Bytes.utf8("" + ++count);
                results.add(result);
                command.forget().forEach(name -> kept.remove(name.toString() + name.hashCode()));
                Bytes name = command.rememberAs();
                if (name != null) {
                    kept.put(name.toString() + name.hashCode(), new Remembered(name, result));
                }
            }
            return results;
        }

        @Override
        public List<Remembered> remembered() {
            return List.copyOf(kept.values());
        }

        @Override
        public void restore(long index, SnapshotReader in) {
            kept.clear();
            kept.put("from the snapshot", inSnapshot);
        }

        @Override
        public long durableApplied() {
            return durableApplied;
        }

        @Override
        public Bytes query(Bytes query, QueryContext context) {
            return Bytes.EMPTY;
        }

        @Override
        public Checkpoint checkpoint() {
            throw new IllegalStateException("not a part of this test");
        }

        @Override
        public void destroy() {}

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
