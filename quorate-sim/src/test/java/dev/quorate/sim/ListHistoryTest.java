package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What the checker of lists lets pass, and what not.
class ListHistoryTest {
    private final ListHistory history = new ListHistory();

    private ListHistory proposed(long... values) {
        for (long value : values) {
            history.proposed(value);
        }
        return history;
    }

    private void appended(long value, int length, long call, long end) {
        history.add(new Appending(value, length, call, end));
    }

    private void read(int length, long call, long end) {
        history.add(Appending.read(length, call, end));
    }

    @Test
    void whatHappenedInOrderIsFine() {
        proposed(1, 2);
        appended(1, 0, 10, 20);
        read(1, 30, 40);
        appended(2, 1, 35, 50);
        assertThat(history.seen(new long[] {1})).isNull();
        assertThat(history.seen(new long[] {1, 2})).isNull();
        assertThat(history.complaint(List.of())).isNull();
    }

    @Test
    void operationsThatOverlapMayStandInAnyOrder() {
        proposed(1, 2);
        appended(2, 0, 10, 30);
        appended(1, 1, 5, 25);
        read(2, 12, 28);
        assertThat(history.seen(new long[] {2, 1})).isNull();
        assertThat(history.complaint(List.of())).isNull();
    }

    @Test
    void anAcknowledgedAppendMustNotBeLost() {
        proposed(1, 2);
        appended(1, 0, 10, 20);
        appended(2, 0, 30, 40);
        assertThat(history.seen(new long[] {2})).isNull();
        assertThat(history.complaint(List.of())).contains("1 was acknowledged as number 0");
    }

    @Test
    void nothingIsAppendedTwice() {
        proposed(1);
        appended(1, 0, 10, 20);
        assertThat(history.seen(new long[] {1, 1})).isNull();
        assertThat(history.complaint(List.of())).contains("1 was appended twice");
    }

    @Test
    void twoAppendsAreNotAcknowledgedAsTheSameNumber() {
        // nobody could read the list any more
        proposed(1, 2);
        appended(1, 0, 10, 20);
        appended(2, 0, 10, 20);
        assertThat(history.complaint(List.of())).contains("as number 0 (as was 1)");
    }

    @Test
    void aReadMustShowWhatWasAcknowledgedBeforeIt() {
        proposed(1, 2);
        appended(1, 0, 10, 20);
        appended(2, 1, 20, 30);
        read(1, 40, 50);
        assertThat(history.seen(new long[] {1, 2})).isNull();
        assertThat(history.complaint(List.of())).contains("took effect before it");
    }

    @Test
    void aReadMustNotShowWhatIsAppendedAfterIt() {
        proposed(1);
        read(1, 10, 20);
        appended(1, 0, 30, 40);
        assertThat(history.seen(new long[] {1})).isNull();
        assertThat(history.complaint(List.of())).contains("took effect before it");
    }

    @Test
    void aLaterReadMustNotShowLess() {
        proposed(1);
        appended(1, 0, 5, 60);
        read(1, 10, 20);
        read(0, 30, 40);
        assertThat(history.seen(new long[] {1})).isNull();
        assertThat(history.complaint(List.of())).contains("took effect before it");
    }

    @Test
    void appendsThatDoNotOverlapStandInTheirOrder() {
        proposed(1, 2);
        appended(1, 1, 10, 20);
        appended(2, 0, 30, 40);
        assertThat(history.seen(new long[] {2, 1})).isNull();
        assertThat(history.complaint(List.of())).contains("took effect before it");
    }

    @Test
    void anUnansweredAppendMayTakeEffectLaterOrNever() {
        proposed(1, 2, 3);
        history.add(Appending.unanswered(1, 10));
        history.add(Appending.unanswered(2, 10));
        read(0, 20, 30);
        read(1, 40, 50);
        assertThat(history.seen(new long[] {2})).isNull();
        assertThat(history.complaint(List.of(Appending.unanswered(3, 60)))).isNull();
    }

    @Test
    void anAppendThatIsStillOpenMustNotBeSeenBeforeItWasAsked() {
        proposed(1);
        read(1, 10, 20);
        assertThat(history.seen(new long[] {1})).isNull();
        assertThat(history.complaint(List.of(Appending.unanswered(1, 30))))
                .contains("took effect before it");
    }

    @Test
    void oneReadBeginsTheOther() {
        proposed(1, 2);
        assertThat(history.seen(new long[] {1})).isNull();
        assertThat(history.seen(new long[] {2, 1})).contains("neither begins the other");
    }

    @Test
    void nothingIsInvented() {
        proposed(1);
        assertThat(history.seen(new long[] {1, 9})).contains("shows 9, which nobody appended");
    }
}
