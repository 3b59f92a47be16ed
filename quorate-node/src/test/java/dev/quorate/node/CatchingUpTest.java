package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Served;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.KeySlot;
import dev.quorate.types.VShardId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes that keep short logs: whoever was away is brought back by a snapshot, and what was
/// written once stays written once.
class CatchingUpTest {
    private static final GroupId GROUP = new GroupId(1);
    private static final int WRITES = 400;

    @TempDir Path directory;
    private Trio trio;

    @BeforeEach
    void start() throws Exception {
        trio =
                new Trio(
                        directory,
                        Map.of(
                                "journal.segment", "8MiB",
                                "raft.keep-entries", "50",
                                "apply.flush-every", "50ms"));
        trio.startAll();
    }

    @AfterEach
    void close() {
        trio.close();
    }

    @Test
    void aNodeThatWasAwayForLongIsBroughtBackBySnapshots() {
        // given a follower that is away while the others let go of the log that it would need
        int away = trio.followerOf(GROUP);
        int there = away == 1 ? 2 : 1;
        trio.write(there, GROUP, "before=1");
        trio.stop(away);
        int left = fill(there);
        awaitCompacted(there);
        trio.transfers().breakAfter(20_000);

        // when it comes back, over a line that breaks
        trio.start(away);

        // then it has everything, without having read the log
        Outcome.Applied answer =
                trio.ask(away, GROUP, "k" + left, ReadLevel.LINEARIZABLE, Reach.HERE);
        assertThat(answer.result().toUtf8()).isEqualTo("v" + left);
        assertThat(trio.ask(away, GROUP, "before", ReadLevel.LOCAL, Reach.HERE).served())
                .isEqualTo(Served.LOCAL);
        assertThat(trio.transfers().begun()).isPositive();
        assertThat(trio.node(away).status().events())
                .extracting(NodeStatus.Noted::sentence)
                .anyMatch(sentence -> sentence.contains("by a snapshot"));

        // and it goes on from there, also when it is started once more
        trio.write(there, GROUP, "after=1");
        trio.stop(away);
        trio.start(away);
        assertThat(trio.read(away, GROUP, "after")).isEqualTo("1");
        trio.stop(there);
        assertThat(trio.read(away, GROUP, "k0")).isEqualTo("v0");
    }

    @Test
    void whatASessionCountsIsCountedOnceOverRestartsLeaderChangesAndSnapshots() throws Exception {
        // given a counter of each group, and a session on the node that stays
        Session session = trio.node(3).shards().session();
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            // when the others go and come while it counts, one so long that it needs a snapshot
            for (int other = 1; other <= 2; other++) {
                outcomes.addAll(count(session, 30));
                trio.stop(other);
                outcomes.addAll(count(session, 30));
                fill(3);
                awaitCompacted(3);
                trio.start(other);
            }
        }

        // then each write that was said to be applied has its own number, and nothing was counted
        // twice
        long applied = 0;
        long doubtful = 0;
        for (CompletableFuture<Outcome> outcome : outcomes) {
            switch (outcome.get()) {
                case Outcome.Applied _ -> applied++;
                case Outcome.Unknown _ -> doubtful++;
                case Outcome.Rejected _ -> {}
            }
        }
        long sum = 0;
        for (int vshard = 0; vshard < Trio.GROUPS; vshard++) {
            GroupId group = trio.node(3).view().groupOfVShard().get(vshard);
            String count = trio.read(1, group, "n" + vshard);
            sum += count.isEmpty() ? 0 : Long.parseLong(count);
        }
        assertThat(sum).as("counted").isBetween(applied, applied + doubtful);
        assertThat(applied).as("said to be applied").isGreaterThan(outcomes.size() / 2);
        assertThat(trio.transfers().begun()).isPositive();
    }

    @Test
    void aWriteThatIsSentTwiceIsAnsweredWithItsFirstResultAlsoFromASnapshot() throws Exception {
        // given a write with a session, and a follower that gets its result by snapshot only
        byte[] key = "key".getBytes(StandardCharsets.UTF_8);
        VShardId vshard = KeySlot.vshardOf(key);
        GroupId group = trio.node(1).view().groupOfVShard().get(vshard.value());
        int away = trio.followerOf(group);
        int there = away == 1 ? 2 : 1;
        trio.stop(away);
        Bytes payload = SessionPayload.of(vshard, "n+", Duration.ofMinutes(10));
        assertThat(once(there, vshard, payload).served()).isEqualTo(Served.WRITTEN);
        fill(there);
        awaitCompacted(there);
        trio.start(away);
        trio.ask(away, group, "n", ReadLevel.LINEARIZABLE, Reach.HERE);

        // when that one must lead, and the write comes again
        trio.stop(there);
        Outcome.Applied again = once(away, vshard, payload);

        // then
        assertThat(again.served()).isEqualTo(Served.REPEATED);
        assertThat(again.result().toUtf8()).isEqualTo("1");
        assertThat(trio.read(away, group, "n")).isEqualTo("1");
    }

    private Outcome.Applied once(int node, VShardId vshard, Bytes payload) {
        return (Outcome.Applied)
                Trio.patiently()
                        .until(
                                () ->
                                        trio.node(node)
                                                .shards()
                                                .submitOnce(
                                                        vshard,
                                                        payload,
                                                        Duration.ofSeconds(2),
                                                        Reach.FORWARD)
                                                .join(),
                                outcome -> outcome instanceof Outcome.Applied);
    }

    @Test
    void anAnswerSaysWhatItIs() {
        trio.write(1, GROUP, "k=1");
        int leader = trio.leaderOf(GROUP, 1);
        int follower = trio.followerOf(GROUP);

        Outcome.Applied linearizable =
                trio.ask(follower, GROUP, "k", ReadLevel.LINEARIZABLE, Reach.HERE);
        Outcome.Applied lease = trio.ask(leader, GROUP, "k", ReadLevel.LEASE, Reach.HERE);
        Outcome.Applied bounded =
                trio.ask(
                        follower,
                        GROUP,
                        "k",
                        new ReadLevel.Bounded(Duration.ofHours(1).toNanos() / 1_000),
                        Reach.HERE);
        Outcome.Applied local = trio.ask(follower, GROUP, "k", ReadLevel.LOCAL, Reach.HERE);

        assertThat(linearizable.served()).isEqualTo(Served.LINEARIZABLE);
        assertThat(lease.served()).isIn(Served.LEASE, Served.LINEARIZABLE);
        assertThat(bounded.served()).isEqualTo(Served.BOUNDED);
        assertThat(local.served()).isEqualTo(Served.LOCAL);
        for (Outcome.Applied answer : List.of(linearizable, lease, bounded, local)) {
            assertThat(answer.result().toUtf8()).isEqualTo("1");
            assertThat(answer.at().index()).isPositive();
            assertThat(answer.stampMicros()).isPositive();
        }
        // a bound that nothing here can meet is met by asking the leader
        assertThat(
                        trio.ask(follower, GROUP, "k", new ReadLevel.Bounded(0), Reach.HERE)
                                .served())
                .isIn(Served.LINEARIZABLE, Served.BOUNDED);
        // and a state of the past is not to be had
        assertThat(
                        trio.node(leader)
                                .group(GROUP)
                                .ask(
                                        Bytes.utf8("k"),
                                        new ReadLevel.Snapshot(1),
                                        Duration.ofSeconds(5),
                                        Reach.FORWARD)
                                .join())
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        refused ->
                                assertThat(refused.code()).isEqualTo(Outcome.Code.UNSUPPORTED));
    }

    private List<CompletableFuture<Outcome>> count(Session session, int times) {
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            int vshard = i % Trio.GROUPS;
            outcomes.add(
                    session.submit(
                            new VShardId(vshard),
                            Bytes.utf8("n" + vshard + "+"),
                            Duration.ofSeconds(10)));
        }
        return outcomes;
    }

    /// Writes so much to every group that its log is too short for whoever is away.
    ///
    /// @return the last number written
    private int fill(int node) {
        for (long group = 1; group <= Trio.GROUPS; group++) {
            List<CompletableFuture<Outcome>> writes = new ArrayList<>();
            for (int i = 0; i < WRITES; i++) {
                writes.add(
                        trio.node(node)
                                .group(new GroupId(group))
                                .submit(
                                        Bytes.utf8("k" + i + "=v" + i),
                                        Duration.ofSeconds(5),
                                        Reach.FORWARD));
            }
            writes.forEach(CompletableFuture::join);
            trio.write(node, new GroupId(group), "k0=v0");
            trio.write(node, new GroupId(group), "k" + (WRITES - 1) + "=v" + (WRITES - 1));
        }
        return WRITES - 1;
    }

    /// Waits until the log of the group's leader is too short for whoever is away.
    private void awaitCompacted(int seenBy) {
        for (long g = 1; g <= Trio.GROUPS; g++) {
            GroupId group = new GroupId(g);
            int leader = trio.leaderOf(group, seenBy);
            Trio.patiently()
                    .until(
                            () -> trio.status(leader, group).firstIndex(),
                            first -> first > WRITES / 2);
        }
    }
}
