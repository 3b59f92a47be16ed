package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.G1;
import static dev.quorate.sim.story.Stage.SECOND;
import static dev.quorate.sim.story.Stage.busy;
import static dev.quorate.sim.story.Stage.founded;
import static dev.quorate.sim.story.Stage.leader;
import static dev.quorate.sim.story.Stage.others;
import static dev.quorate.sim.story.Stage.progress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.FaultKind;
import dev.quorate.sim.Faults;
import dev.quorate.sim.Simulation;
import dev.quorate.types.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules R6 and R7: a replica that is gone, or has lost something, never speaks again.
class IdentityStoriesTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);
    private static final NodeId N4 = new NodeId(4);

    /// R6. One vote per replica and term is checked at every vote, over restarts; so is that nobody
    /// acts who was removed.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aReplicaRemovedAndReaddedVotesOncePerTerm(long seed) {
        Simulation sim = founded(seed, Stage.config(5).replicated(3)).load();
        // given messages that arrive up to two seconds late, and elections
        Faults late =
                Faults.NONE
                        .with(FaultKind.LATE, 0.1)
                        .with(FaultKind.REPEAT, 0.1)
                        .with(FaultKind.CRASH, 0.1);
        long before = sim.replicasEver(G1);
        for (int round = 0; round < 3; round++) {
            // when one leaves and comes back
            sim.heal().place(G1, N1, N2, N3).run(SECOND.multipliedBy(2));
            sim.place(G1, N1, N2, N4).run(SECOND.multipliedBy(2));
            sim.storm(late, SECOND.multipliedBy(2));
        }
        sim.settle();
        // then it is another one each time
        assertThat(sim.replicasEver(G1)).isGreaterThanOrEqualTo(before + 4);
    }

    /// R7.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aVoterThatLostItsNewestWritesNeverVotesAgain(long seed) {
        Simulation sim = busy(seed, 3).run(SECOND).rest().run(SECOND);
        NodeId loser = others(3, leader(sim)).getFirst();
        sim.loseNewestFile(loser).restart(loser).load();

        // when the leader dies too: the two that are left could elect without what the dead one has
        NodeId old = leader(sim);
        long committed = sim.committed(G1);
        sim.crash(old).run(SECOND.multipliedBy(10));

        // then nobody is elected until it is back
        assertThat(sim.committed(G1)).isEqualTo(committed);
        sim.restart(old);
        progress(sim, 10);
        sim.settle();
    }

    /// R7. Two of three: nothing can be right any more, so nothing is served.
    @Test
    void aGroupThatLostItsMajorityStaysShut() {
        Simulation sim = busy(7, 3).run(SECOND).rest().run(SECOND);
        long committed = sim.committed(G1);
        List<NodeId> losers = List.of(N1, N2);
        losers.forEach(loser -> sim.wipe(loser).restart(loser));
        assertThat(sim.canServe(G1)).isFalse();

        sim.load().run(SECOND.multipliedBy(20));

        assertThat(sim.committed(G1)).isEqualTo(committed);
        sim.settle();
    }
}
