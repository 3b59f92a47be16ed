package dev.quorate.swim;

import static dev.quorate.swim.SwimDriver.N2;
import static dev.quorate.swim.SwimDriver.N3;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.types.GroupId;
import org.junit.jupiter.api.Test;

/// Hints follow liveness: cleared on Dead, kept on Suspect, restored on Alive.
class RoutingHintsTest {
    private static final GroupId GROUP = new GroupId(4);

    private final RoutingHints hints = new RoutingHints();

    @Test
    void aSuspectKeepsItsHintsADeadNodeLosesThemAndAReturnRestoresThem() {
        hints.learn(GROUP, N2, 3);

        hints.changed(transition(Liveness.ALIVE, Liveness.SUSPECT));
        assertThat(hints.leaderOf(GROUP)).isEqualTo(N2);
        hints.changed(transition(Liveness.SUSPECT, Liveness.DEAD));
        assertThat(hints.leaderOf(GROUP)).isNull();
        hints.changed(transition(Liveness.DEAD, Liveness.ALIVE));
        assertThat(hints.leaderOf(GROUP)).isEqualTo(N2);
        hints.changed(transition(Liveness.ALIVE, Liveness.LEFT));
        assertThat(hints.leaderOf(GROUP)).isNull();
    }

    @Test
    void anOlderTermIsNotHeard() {
        hints.learn(GROUP, N2, 3);
        hints.learn(GROUP, N3, 2);
        assertThat(hints.leaderOf(GROUP)).isEqualTo(N2);

        hints.learn(GROUP, N3, 4);
        assertThat(hints.leaderOf(GROUP)).isEqualTo(N3);
    }

    @Test
    void whatIsForgottenIsGone() {
        hints.learn(GROUP, N2, 3);
        hints.forget(N2);
        assertThat(hints.leaderOf(GROUP)).isNull();

        hints.learn(GROUP, N3, 4);
        hints.forget(GROUP);
        assertThat(hints.leaderOf(GROUP)).isNull();
    }

    private static Transition transition(Liveness before, Liveness after) {
        return new Transition(N2, before, after, new Incarnation(1, 0));
    }
}
