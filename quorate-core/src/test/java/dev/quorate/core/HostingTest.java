package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.HardState;
import dev.quorate.raft.RaftConfig;
import dev.quorate.raft.Restored;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// How the state machines of what the journal held are opened.
class HostingTest {
    private static final GroupId G1 = new GroupId(1);
    private static final Member SELF = new Member(new NodeId(1), new ReplicaId(1));

    @Test
    void aMachineIsOpenedWithTheLogTimeOfWhereItsLogBegins() {
        LogPosition begin = new LogPosition(3, 10);
        Restored installed =
                new Restored(
                        new HardState(3, null, 0),
                        begin,
                        List.of(),
                        10,
                        77,
                        List.of(new Restored.Configured(10, Configuration.of(List.of(SELF)))),
                        null,
                        77);

        assertThat(started(installed)).containsExactly(new NodeEffect.Open(G1, begin, 77));
    }

    @Test
    void aReplicaWithoutALogDropsWhatACrashMayHaveLeftOfAnEarlierOne() {
        assertThat(started(Restored.NOTHING))
                .containsExactly(
                        new NodeEffect.Drop(G1), new NodeEffect.Open(G1, LogPosition.ZERO, 0));
    }

    /// What a start asks of the lane of the state machines.
    private static List<NodeEffect> started(Restored log) {
        NodeConfig config =
                new NodeConfig(
                        SELF.node(),
                        RaftConfig.Timing.DEFAULT,
                        RaftConfig.Limits.DEFAULT,
                        NodeConfig.NodeLimits.DEFAULT,
                        null);
        Moment now = new Moment(1, 1);
        ReplicaRecord replica = new ReplicaRecord(G1, SELF.replica(), List.of(SELF));
        NodeCore core =
                new NodeCore(
                        config,
                        new Random(1),
                        now,
                        List.of(new StoredReplica(replica, log)),
                        List.of(),
                        List.of(),
                        null);
        List<NodeEffect> effects = new ArrayList<>();
        core.flush(now, effects::add);
        effects.removeIf(effect -> !(effect instanceof NodeEffect.ForStateMachine));
        return effects;
    }
}
