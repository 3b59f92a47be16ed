package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.LinearizabilityChecker.Verdict;
import dev.quorate.sim.Operation.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Known good and bad histories of one register.
class LinearizabilityCheckerTest {
    private static final long NEVER = Long.MAX_VALUE;

    private final LinearizabilityChecker checker = new LinearizabilityChecker(1_000_000);

    @Test
    void oneAfterTheOtherIsLinearizable() {
        assertThat(
                        checker.check(
                                List.of(
                                        write(1, 0, 0, 10),
                                        read(1, 20, 30),
                                        write(2, 1, 40, 50),
                                        read(2, 60, 70))))
                .isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void aReadMayNotGoBackInTime() {
        assertThat(checker.check(List.of(write(1, 0, 0, 10), read(0, 20, 30))))
                .isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void overlappingReadsMaySeeEitherValue() {
        assertThat(checker.check(List.of(write(1, 0, 0, 100), read(0, 10, 20), read(1, 30, 40))))
                .isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void overlappingReadsMayNotSeeTheValueComeAndGo() {
        assertThat(checker.check(List.of(write(1, 0, 0, 100), read(1, 10, 20), read(0, 30, 40))))
                .isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void anUnansweredWriteMayTakeEffectMuchLater() {
        Operation lost = new Operation(Kind.WRITE, 7, 0, 0, 0, NEVER);
        assertThat(checker.check(List.of(lost, read(0, 10, 20), read(7, 500, 510))))
                .isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void anUnansweredWriteMayNotTakeEffectTwice() {
        Operation lost = new Operation(Kind.WRITE, 7, 0, 0, 0, NEVER);
        assertThat(
                        checker.check(
                                List.of(
                                        lost,
                                        read(7, 10, 20),
                                        write(8, 7, 30, 40),
                                        read(8, 50, 60),
                                        read(7, 70, 80))))
                .isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void aRefusedWriteThatTookEffectIsFound() {
        // a refused operation is not in the history, so nobody wrote what was read
        assertThat(checker.check(List.of(read(5, 10, 20)))).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void twoCompareAndSetsFromTheSameValueMayNotBothSucceed() {
        Operation first = new Operation(Kind.COMPARE_AND_SET, 1, 0, 0, 0, 100);
        Operation second = new Operation(Kind.COMPARE_AND_SET, 2, 0, 0, 0, 100);
        assertThat(checker.check(List.of(first, second))).isEqualTo(Verdict.VIOLATED);
    }

    @Test
    void aFailedCompareAndSetChangesNothing() {
        Operation failed = new Operation(Kind.COMPARE_AND_SET, 2, 9, 1, 20, 30);
        assertThat(checker.check(List.of(write(1, 0, 0, 10), failed, read(1, 40, 50))))
                .isEqualTo(Verdict.LINEARIZABLE);
    }

    @Test
    void agreesWithTryingAllOrders() {
        for (long seed = 1; seed <= 3_000; seed++) {
            List<Operation> history = anyHistory(new Prng(seed));
            assertThat(checker.check(history) == Verdict.LINEARIZABLE)
                    .as("seed %d: %s", seed, history)
                    .isEqualTo(anyOrderExplains(history, 0));
        }
    }

    @Test
    void givesUpWhenTheSearchIsTooLong() {
        assertThat(new LinearizabilityChecker(1).check(List.of(write(1, 0, 0, 10))))
                .isEqualTo(Verdict.UNDECIDED);
    }

    private static List<Operation> anyHistory(Prng random) {
        List<Operation> history = new ArrayList<>();
        int count = 1 + random.nextInt(5);
        for (int i = 1; i <= count; i++) {
            long call = random.nextInt(20);
            boolean answered = random.chance(0.8);
            Kind kind = random.pick(List.of(Kind.values()));
            if (kind == Kind.READ && !answered) {
                continue;
            }
            history.add(
                    new Operation(
                            kind,
                            i,
                            random.nextInt(count + 1),
                            random.nextInt(count + 1),
                            call,
                            answered ? call + random.nextInt(15) : NEVER));
        }
        return history;
    }

    /// The definition, word for word: some order that respects time explains every answer;
    /// unanswered operations may be left out.
    private static boolean anyOrderExplains(List<Operation> rest, long value) {
        if (rest.stream().noneMatch(Operation::isAnswered)) {
            return true;
        }
        for (Operation next : rest) {
            boolean mayBeNext =
                    rest.stream().noneMatch(other -> other.returnNanos() < next.callNanos());
            if (mayBeNext && next.fits(value)) {
                List<Operation> without = new ArrayList<>(rest);
                without.remove(next);
                if (anyOrderExplains(without, next.after(value))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static Operation write(long value, long before, long call, long end) {
        return new Operation(Kind.WRITE, value, 0, before, call, end);
    }

    private static Operation read(long value, long call, long end) {
        return new Operation(Kind.READ, 0, 0, value, call, end);
    }
}
