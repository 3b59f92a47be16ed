package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.Lifecycle.Bootstrapping;
import dev.quorate.node.Lifecycle.Degraded;
import dev.quorate.node.Lifecycle.Draining;
import dev.quorate.node.Lifecycle.Failed;
import dev.quorate.node.Lifecycle.Joining;
import dev.quorate.node.Lifecycle.Ready;
import dev.quorate.node.Lifecycle.Removed;
import dev.quorate.node.Lifecycle.Restarting;
import dev.quorate.node.Lifecycle.Starting;
import dev.quorate.node.Lifecycle.Stopped;
import dev.quorate.node.Lifecycle.Stopping;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The legal steps of a node's life, all of them.
class LifecycleTest {
    private static final List<Lifecycle> ALL =
            List.of(
                    new Starting(),
                    new Restarting(),
                    new Bootstrapping(),
                    new Joining(2),
                    new Ready(3),
                    new Degraded("x"),
                    new Draining(),
                    new Stopping(),
                    new Stopped(),
                    new Removed("z"),
                    new Failed("y"));

    @Test
    void onlyTheseStepsAreLegal() {
        assertThat(nextOf(new Starting()))
                .isEqualTo("restarting bootstrapping joining stopping failed ");
        String running = "ready degraded stopping failed ";
        assertThat(nextOf(new Restarting())).isEqualTo(running);
        assertThat(nextOf(new Bootstrapping())).isEqualTo(running);
        assertThat(nextOf(new Joining(1))).isEqualTo("joining " + running);
        String serving = "ready degraded draining stopping failed ";
        assertThat(nextOf(new Ready(1))).isEqualTo(serving);
        assertThat(nextOf(new Degraded("z"))).isEqualTo(serving);
        assertThat(nextOf(new Draining())).isEqualTo("stopping failed ");
        assertThat(nextOf(new Stopping())).isEqualTo("stopped removed failed ");
        assertThat(nextOf(new Removed("z"))).isEmpty();
        assertThat(nextOf(new Failed("z"))).isEqualTo("stopped ");
        assertThat(nextOf(new Stopped())).isEmpty();
    }

    @Test
    void aFailureIsToldOnceAndTheNodeTakenApart() throws Exception {
        Health health = new Health();
        CompletableFuture<String> told = new CompletableFuture<>();
        health.onFailure(() -> told.complete("apart"));
        health.move(new Restarting());

        health.failed("the disk");
        health.failed("again");

        assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo("apart");
        assertThat(health.ended().get(10, TimeUnit.SECONDS)).isEqualTo(new Failed("the disk"));
        assertThat(health.whyClosed()).isEqualTo("this node has failed: the disk");
        assertThat(health.ready()).isCompletedExceptionally();
    }

    @Test
    void troubleDegradesOnlyANodeThatWasReady() {
        Health health = new Health();
        health.move(new Bootstrapping());

        health.look("no leader", 3);
        assertThat(health.lifecycle()).isEqualTo(new Bootstrapping());
        health.look("", 3);
        assertThat(health.lifecycle()).isEqualTo(new Ready(3));
        health.look("no leader", 3);
        assertThat(health.lifecycle()).isEqualTo(new Degraded("no leader"));
    }

    @Test
    void aNodeThatJoinsSaysHowMuchOfTheClusterItKnows() {
        Health health = new Health();
        health.move(new Joining(1));

        health.look("not caught up", 4);

        assertThat(health.lifecycle()).isEqualTo(new Joining(4));
        assertThat(health.whyClosed()).isEmpty();
    }

    @Test
    void aNodeThatDrainsServesAndIsNeverReadyAgain() {
        Health health = new Health();
        health.move(new Restarting());
        health.look("", 3);
        health.move(new Draining());

        health.look("", 3);

        assertThat(health.lifecycle()).isEqualTo(new Draining());
        assertThat(health.lifecycle().serving()).isTrue();
    }

    @Test
    void aNodeThatItsClusterLetGoSaysSoForEver() {
        Health health = new Health();
        health.move(new Restarting());
        health.move(new Stopping());

        health.removed("n2 says: gone");

        assertThat(health.lifecycle()).isEqualTo(new Removed("n2 says: gone"));
        assertThat(health.lifecycle().alive()).isFalse();
        assertThat(health.ended()).isCompletedWithValue(new Removed("n2 says: gone"));
        assertThat(health.whyClosed())
                .isEqualTo("this node was removed from its cluster: n2 says: gone");
    }

    private static String nextOf(Lifecycle state) {
        StringBuilder next = new StringBuilder();
        for (Lifecycle other : ALL) {
            if (state.mayBecome(other)) {
                next.append(other.word()).append(' ');
            }
        }
        return next.toString();
    }
}
