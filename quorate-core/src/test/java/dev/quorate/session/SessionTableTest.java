package dev.quorate.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine.Remembered;
import dev.quorate.types.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a group remembers of its clients' writes, and for how long (rule R20).
class SessionTableTest {
    private static final SessionKey KEY = new SessionKey(7, 1, 2, 3, 100);

    private final SessionTable table = new SessionTable(List.of());

    private void apply(SessionKey key) {
        table.begin(key);
        table.finish(key, Bytes.utf8("result of " + key.sequence()));
    }

    @Test
    void aResultIsKnownUntilLogTimePassesItsNotAfterTime() {
        // given
        apply(KEY);

        // when log time comes to it, then it may still be tried again
        assertThat(table.expire(100)).isEmpty();
        assertThat(table.knows(KEY)).isTrue();
        assertThat(table.result(KEY)).isEqualTo(Bytes.utf8("result of 3"));

        // and when log time has passed it, never again
        assertThat(table.expire(101)).containsExactly(KEY.encode());
        assertThat(table.knows(KEY)).isFalse();
        assertThat(table.size()).isZero();
    }

    @Test
    void aRetryWithAnotherTimeIsTheSameWrite() {
        // given
        apply(KEY);

        // then
        assertThat(table.knows(new SessionKey(7, 1, 2, 3, 999))).isTrue();
        assertThat(table.knows(new SessionKey(7, 1, 2, 4, 100))).isFalse();
        assertThat(table.knows(new SessionKey(8, 1, 2, 3, 100))).isFalse();
    }

    @Test
    void whatAStateMachineHasKeptIsKnownAgain() {
        // given what a snapshot brought
        SessionTable restored =
                new SessionTable(List.of(new Remembered(KEY.encode(), Bytes.utf8("first"))));

        // then it expires like any other
        assertThat(restored.result(KEY)).isEqualTo(Bytes.utf8("first"));
        assertThat(restored.expire(101)).containsExactly(KEY.encode());
        assertThat(restored.size()).isZero();
    }
}
