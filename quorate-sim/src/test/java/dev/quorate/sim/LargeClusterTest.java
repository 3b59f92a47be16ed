package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// More nodes than vote in group 0 by far: each of the others listens to it.
class LargeClusterTest {
    private static final int FOUNDERS = 78;

    @Test
    void eightyNodesAllListenToGroupZeroAndOneMoreJoinsAndOneLeaves() {
        SimConfig config = SimConfig.ordinary(FOUNDERS, 4).replicated(3);
        Simulation sim = new Simulation("large", 1, config).found();
        assertThat(zero(sim.newestView()).listeners()).hasSize(FOUNDERS - 5);

        // when two more come and a listener goes
        NodeId one = sim.join();
        NodeId two = sim.join();
        sim.arrange();
        NodeId leaver = zero(sim.newestView()).listeners().getFirst().node();
        sim.leave(leaver).arrange();

        // then everybody else knows everything
        MetadataView view = sim.newestView();
        assertThat(view.topology().nodes()).hasSize(FOUNDERS + 1);
        assertThat(view.topology().nodes())
                .extracting(NodeInfo::state)
                .containsOnly(NodeState.ACTIVE);
        assertThat(view.topology().stateOf(leaver)).isEqualTo(NodeState.REMOVED);
        assertThat(zero(view).listeners()).hasSize(FOUNDERS + 1 - 5);
        sim.runUntil(
                "the newcomers to know what all know",
                () -> view.index() <= index(sim, one) && view.index() <= index(sim, two),
                Duration.ofSeconds(5));
    }

    private static long index(Simulation sim, NodeId node) {
        return Objects.requireNonNull(sim.node(node).view()).index();
    }

    private static GroupInfo zero(MetadataView view) {
        return Objects.requireNonNull(view.routing().group(GroupId.METADATA));
    }
}
