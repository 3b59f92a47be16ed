package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.core.NodeInput.JournalRoom;
import dev.quorate.core.NodeInput.JournalShare;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.core.NodeInput.Room;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who is let in while a journal is short of room (rules R8 and R9).
class AdmissionTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);

    private final ClusterHarness cluster = new ClusterHarness(3, 2);
    private NodeId leader;
    private NodeId follower;

    @BeforeEach
    void lead() {
        cluster.runUntilLed();
        leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
    }

    @Test
    void aLeaderWithLittleRoomRefusesWritesAtTheDoorAndServesReads() {
        assertApplied(cluster.write(leader, G1, "before", Reach.FORWARD));
        cluster.told(leader, new JournalRoom(Room.LITTLE));

        assertRefused(cluster.write(leader, G1, "a", Reach.FORWARD), "short of room");
        assertRefused(cluster.write(follower, G1, "b", Reach.FORWARD), "short of room");
        assertThat(((Outcome.Applied) cluster.read(follower, G1)).result().toUtf8())
                .isEqualTo("[before]");

        cluster.told(leader, new JournalRoom(Room.ENOUGH));
        assertApplied(cluster.write(leader, G1, "after", Reach.FORWARD));
        assertThat(cluster.applied(leader, G1)).containsExactly("before", "after");
    }

    @Test
    void aFollowerWithLittleRoomReplicatesOn() {
        cluster.told(follower, new JournalRoom(Room.LITTLE));

        assertApplied(cluster.write(leader, G1, "a", Reach.FORWARD));
        cluster.runUntil("the follower has it", () -> cluster.applied(follower, G1).contains("a"));
    }

    @Test
    void aFollowerWithoutRoomTakesNoEntriesAndCatchesUpOnceItHasSome() {
        cluster.told(follower, new JournalRoom(Room.NONE));

        assertApplied(cluster.write(leader, G1, "a", Reach.FORWARD));
        cluster.runMillis(3_000);
        assertThat(cluster.applied(follower, G1)).isEmpty();

        cluster.told(follower, new JournalRoom(Room.ENOUGH));
        cluster.runUntil("the follower has it", () -> cluster.applied(follower, G1).contains("a"));
    }

    @Test
    void aGroupOverItsShareStandsBackForTheOthers() {
        cluster.told(leader, new JournalShare(G1, true));
        cluster.told(follower, new JournalShare(G1, true));

        assertRefused(cluster.write(leader, G1, "a", Reach.FORWARD), "holds too much");
        assertApplied(cluster.write(leader, G2, "b", Reach.FORWARD));
        cluster.runUntil(
                "the other group goes on here", () -> cluster.applied(follower, G2).contains("b"));

        cluster.told(leader, new JournalShare(G1, false));
        assertApplied(cluster.write(leader, G1, "c", Reach.FORWARD));
        cluster.runMillis(3_000);
        assertThat(cluster.applied(follower, G1)).isEmpty();
        cluster.told(follower, new JournalShare(G1, false));
        cluster.runUntil(
                "the follower has it", () -> cluster.applied(follower, G1).equals(List.of("c")));
    }

    private static void assertApplied(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Applied.class);
    }

    private static void assertRefused(Outcome outcome, String why) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        refusal -> {
                            assertThat(refusal.code()).isEqualTo(Code.OVERLOADED);
                            assertThat(refusal.retry()).isEqualTo(Retry.LATER);
                            assertThat(refusal.sentence()).contains(why);
                        });
    }
}
