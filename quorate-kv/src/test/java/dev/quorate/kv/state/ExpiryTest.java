package dev.quorate.kv.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvQuery.ExpiryOf;
import dev.quorate.kv.command.KvQuery.Form;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Bound;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.kv.command.QueryCodec;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.ReplyCodec;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.kv.engine.MemoryEngine;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Keys expire by log time alone (rule R14).
class ExpiryTest {
    private static final Bytes KEY = Bytes.utf8("k");
    private static final Bytes VALUE = Bytes.utf8("v");
    private static final Reply PRESENT = new Reply.Bulk(VALUE);

    @Test
    void aKeyIsGoneFromTheEntryThatIsStampedAtItsExpiry() {
        // given a key that expires at 5000
        Bench bench = new Bench();
        bench.at(2000).write(set(KEY, new Expiry.After(3000)));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(5000);

        // when time passes on the wall but not in the log
        // then it is still there, with a little time left
        assertThat(bench.read(new KvQuery.Get(KEY), 9_000_000)).isEqualTo(PRESENT);
        assertThat(bench.read(new ExpiryOf(KEY, Form.MILLIS_LEFT), 9_000_000))
                .isEqualTo(new Reply.Int(1));

        // when the log reaches the moment before, and the moment
        bench.at(4999).tick();
        assertThat(bench.read(new KvQuery.Get(KEY))).isEqualTo(PRESENT);
        bench.at(5000).tick();

        // then it is gone, and so are its rows
        assertThat(bench.read(new KvQuery.Get(KEY))).isEqualTo(Reply.NIL);
        assertThat(bench.read(new KvQuery.Size())).isEqualTo(new Reply.Int(0));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
        assertThat(bench.rows()).hasSize(1);
    }

    @Test
    void aReadJudgesByTheLogTimeItIsGiven() throws Exception {
        // given a key that is due, but whose tick this machine has not applied
        Bench bench = new Bench();
        bench.at(2000).write(set(KEY, new Expiry.At(5000)));

        // when the library has meanwhile applied an entry of its own
        Bytes answer =
                bench.machine.query(
                        QueryCodec.encode(new KvQuery.Get(KEY)),
                        new QueryContext(9, 5000, 0, Long.MAX_VALUE));

        // then
        assertThat(ReplyCodec.decode(answer)).isEqualTo(Reply.NIL);
    }

    @Test
    void anExpiryThatHasPassedDeletes() {
        Bench bench = new Bench();
        bench.at(2000).write(set(KEY, new Expiry.Never()));

        assertThat(
                        bench.write(
                                new KvWrite.Expire(
                                        KEY, new Expiry.After(-1), false, false, Bound.ANY)))
                .isEqualTo(new Reply.Int(1));
        assertThat(bench.read(new KvQuery.Get(KEY))).isEqualTo(Reply.NIL);
        assertThat(bench.write(set(KEY, new Expiry.At(1)))).isEqualTo(Reply.OK);
        assertThat(bench.read(new KvQuery.Size())).isEqualTo(new Reply.Int(0));
    }

    @Test
    void theTickIsAskedForTheEarliestExpiryWhateverHappensToTheOthers() {
        Bench bench = new Bench();
        Bytes other = Bytes.utf8("other");
        bench.at(1000).write(set(KEY, new Expiry.At(5000)));
        bench.write(set(other, new Expiry.At(4000)));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(4000);

        bench.write(new KvWrite.Persist(other));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(5000);

        bench.write(set(KEY, new Expiry.Keep()));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(5000);

        bench.write(new KvWrite.Delete(List.of(KEY)));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void oneEntryRemovesABoundedNumberAndAsksForAnother() {
        // given more due keys than one entry removes
        Bench bench = new Bench();
        bench.at(1000);
        int count = KvStateMachine.SWEEP_MAX + 10;
        for (int i = 0; i < count; i++) {
            bench.write(set(Bytes.utf8("k" + i), new Expiry.At(100_000 + i)));
        }

        // when
        bench.at(900_000).tick();

        // then ten are left, invisible, and the machine wants a tick at once
        assertThat(bench.read(new KvQuery.Size())).isEqualTo(new Reply.Int(10));
        assertThat(bench.read(new KvQuery.Get(Bytes.utf8("k" + (count - 1))))).isEqualTo(Reply.NIL);
        assertThat(bench.machine.tickAtMicros()).isLessThan(900_000);

        // when one of them is set anew
        bench.write(set(Bytes.utf8("k" + (count - 1)), new Expiry.Never()));

        // then only that one remains
        assertThat(bench.read(new KvQuery.Size())).isEqualTo(new Reply.Int(1));
        assertThat(bench.machine.tickAtMicros()).isEqualTo(Long.MAX_VALUE);
        assertThat(bench.rows()).hasSize(2);
    }

    @Test
    void equalLogsGiveEqualRowsHoweverTheyAreCutIntoBatches() {
        for (long seed = 1; seed <= 30; seed++) {
            // given a log with much expiry
            Random random = new Random(seed);
            List<Command> log = new ArrayList<>();
            long index = 0;
            long stampMicros = 1000;
            for (int i = 0; i < 2_000; i++) {
                index += 1 + random.nextInt(3);
                stampMicros += 1 + random.nextInt(40);
                log.add(new Command(index, stampMicros, randomCommand(random)));
            }

            // when one machine applies it entry by entry, another in random batches
            MemoryEngine singly = new MemoryEngine();
            MemoryEngine batched = new MemoryEngine();
            KvStateMachine first = Bench.machine(singly, 1);
            KvStateMachine second = Bench.machine(batched, 1);
            List<Bytes> firstResults = new ArrayList<>();
            log.forEach(command -> firstResults.addAll(first.apply(List.of(command))));
            List<Bytes> secondResults = new ArrayList<>();
            for (int from = 0; from < log.size(); ) {
                int to = Math.min(log.size(), from + 1 + random.nextInt(300));
                secondResults.addAll(second.apply(log.subList(from, to)));
                from = to;
            }

            // then
            assertThat(secondResults).as("results, seed %s", seed).isEqualTo(firstResults);
            assertThat(Bench.rows(batched))
                    .as("rows, seed %s", seed)
                    .isEqualTo(Bench.rows(singly))
                    .hasSizeGreaterThan(5);
            assertThat(second.tickAtMicros())
                    .as("tick, seed %s", seed)
                    .isEqualTo(first.tickAtMicros());
        }
    }

    private static Bytes randomCommand(Random random) {
        Bytes key = Bytes.utf8("k" + random.nextInt(20));
        Expiry soon = new Expiry.After(random.nextInt(400) - 5);
        KvWrite write =
                switch (random.nextInt(8)) {
                    case 0 -> set(key, new Expiry.Never());
                    case 1, 2 -> set(key, soon);
                    case 3 -> set(key, new Expiry.Keep());
                    case 4 -> new KvWrite.Increment(Bytes.utf8("n" + random.nextInt(5)), 1);
                    case 5 -> new KvWrite.Expire(key, soon, false, false, Bound.LATER);
                    case 6 -> new KvWrite.Delete(List.of(key, Bytes.utf8("k1")));
                    default -> new KvWrite.Append(key, VALUE, 1000);
                };
        return random.nextInt(10) == 0 ? Bytes.EMPTY : WriteCodec.encode(write);
    }

    private static KvWrite set(Bytes key, Expiry expiry) {
        return new KvWrite.Set(key, VALUE, Condition.ALWAYS, Answer.OK, expiry);
    }
}
