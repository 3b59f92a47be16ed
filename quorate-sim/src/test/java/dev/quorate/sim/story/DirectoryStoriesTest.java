package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.G1;
import static dev.quorate.sim.story.Stage.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.SimConfig;
import dev.quorate.sim.Simulation;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules R17 and R24: group 0 is the directory, equal everywhere, and an old one undoes nothing.
class DirectoryStoriesTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);
    private static final NodeId N4 = new NodeId(4);

    /// R17. Its node hears nothing of group 0 while the group moves, and then leads it.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aLeaderWithAnOldDirectoryChangesNothing(long seed) {
        // given a group that has moved from n3 to n4, which n2 has not heard
        Simulation sim = Stage.founded(seed, SimConfig.ordinary(4, 1)).place(G1, N1, N2, N3);
        sim.transfer(G1, N1).run(SECOND.multipliedBy(2));
        sim.silence(GroupId.METADATA, N2).place(G1, N1, N4, N2).run(SECOND.multipliedBy(2));

        // when it leads
        sim.transfer(G1, N2);
        sim.runUntil(
                "n2 to lead",
                () -> sim.isLed(G1) && sim.leader(G1).orElseThrow().equals(N2),
                SECOND.multipliedBy(10));
        long committed = sim.committed(G1);
        sim.run(SECOND.multipliedBy(3).dividedBy(2)); // it would hand over after two

        // then it names nobody again whom it still believes to be wanted
        assertThat(sim.committed(G1)).isEqualTo(committed);
        sim.heal().settle();
    }

    /// R24. Placements, reports and refusals, with crashes between; states are compared at the end.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theDirectoryIsTheSameEverywhereWhateverWasAskedOfIt(long seed) {
        Simulation sim =
                Stage.founded(seed, SimConfig.ordinary(4, 3)).meddle(SECOND.dividedBy(2)).load();
        for (NodeId node : List.of(N1, N2, N3, N4)) {
            sim.run(SECOND).crash(node).run(SECOND).restart(node);
        }
        sim.settle();
    }
}
