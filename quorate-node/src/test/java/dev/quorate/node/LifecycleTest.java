package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.Lifecycle.Bootstrapping;
import dev.quorate.node.Lifecycle.Degraded;
import dev.quorate.node.Lifecycle.Failed;
import dev.quorate.node.Lifecycle.Ready;
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
                    new Ready(),
                    new Degraded("x"),
                    new Stopping(),
                    new Stopped(),
                    new Failed("y"));

    @Test
    void onlyTheseStepsAreLegal() {
        assertThat(nextOf(new Starting()))
                .isEqualTo("restarting bootstrapping stopping failed: y ");
        String running = "ready degraded: x stopping failed: y ";
        assertThat(nextOf(new Restarting())).isEqualTo(running);
        assertThat(nextOf(new Bootstrapping())).isEqualTo(running);
        assertThat(nextOf(new Ready())).isEqualTo(running);
        assertThat(nextOf(new Degraded("z"))).isEqualTo(running);
        assertThat(nextOf(new Stopping())).isEqualTo("stopped failed: y ");
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

        health.look("no leader");
        assertThat(health.lifecycle()).isEqualTo(new Bootstrapping());
        health.look("");
        assertThat(health.lifecycle()).isEqualTo(new Ready());
        health.look("no leader");
        assertThat(health.lifecycle()).isEqualTo(new Degraded("no leader"));
    }

    private static String nextOf(Lifecycle state) {
        StringBuilder next = new StringBuilder();
        for (Lifecycle other : ALL) {
            if (state.mayBecome(other)) {
                next.append(other.describe()).append(' ');
            }
        }
        return next.toString();
    }
}
