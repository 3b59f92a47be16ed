package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.appliedAt;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.committed;
import static dev.quorate.metadata.Samples.ddl;
import static dev.quorate.metadata.Samples.everyKind;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.nodes;
import static dev.quorate.metadata.Samples.pin;
import static dev.quorate.metadata.Samples.presenter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenTransition.BeginInFlight;
import dev.quorate.metadata.JoinTokenTransition.MarkAborted;
import dev.quorate.metadata.JoinTokenTransition.MarkConsumed;
import dev.quorate.metadata.JoinTokenTransition.Register;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Stories of what has gone wrong in clusters elsewhere, and must not here.
class MetadataScenariosTest {
    private static final Bytes TOKEN = pin(70);

    /// A node arrives: each step is its own entry, and anybody may repeat any of them.
    private static final List<MetadataEntry> JOIN =
            List.of(
                    new Register(TOKEN, 1_000_000),
                    new BeginInFlight(TOKEN, presenter(40, 4, 500_000)),
                    batch(
                            new MarkConsumed(TOKEN, pin(40), n(4)),
                            new TopologyChange.Join(node(4).withPin(pin(40)))),
                    new TopologyChange.StartLearning(n(4)),
                    new MetadataEntry.SetPlacement(g(1), List.of(m(1, 4), m(3, 5), m(4, 10))),
                    new TopologyChange.PromoteToVoter(n(4)));

    @TestFactory
    Stream<DynamicTest> aPrefixDeliveredAgainChangesNothingWhateverTheKind() {
        return everyKind().entrySet().stream()
                .map(kind -> DynamicTest.dynamicTest(kind.getKey(), () -> deliverAgain(kind)));
    }

    private static void deliverAgain(Map.Entry<String, MetadataEntry> kind) {
        // given three entries, the last of which holds the kind in a nested batch
        CommittedEntry e1 = committed(1, Founding.batch(Samples.CLUSTER, nodes(3), 2, 3));
        CommittedEntry e2 = committed(2, kind.getValue());
        CommittedEntry e3 = committed(3, batch(ddl("x"), batch(kind.getValue()), ddl("y")));

        // when
        MetadataCache once = new MetadataCache();
        MetadataCache again = new MetadataCache();
        new CacheApplier(once).apply(List.of(e1, e2, e3));
        new CacheApplier(again).apply(List.of(e1, e2, e1, e2, e3, e2, e3, e1));

        // then
        assertThat(again.view()).isEqualTo(once.view());
        assertThat(again.state().encode()).isEqualTo(once.state().encode());
        assertThat(again.topologyHistory()).isEqualTo(once.topologyHistory());
        assertThat(again.routingHistory()).isEqualTo(once.routingHistory());
    }

    @Test
    void aDrainingNodeThatAnswersStaysDraining() {
        MetadataState draining =
                applied(founded(3, 2, 3), new TopologyChange.StartDecommission(n(3)));
        MetadataState alive =
                applied(
                        draining,
                        new TopologyChange.Rejoin(node(3).withIncarnation(1)),
                        new TopologyChange.Join(node(3)),
                        new RoutingChange.LeadershipTransfer(g(1), n(3), 9));
        assertThat(alive.view().topology().stateOf(n(3))).isEqualTo(NodeState.DRAINING);
    }

    @Test
    void aJoinThatStopsAfterAnyStepIsFinishedByDoingAllOfItAgain() {
        MetadataState whole = applied(founded(3, 2, 3), JOIN.toArray(MetadataEntry[]::new));
        for (int done = 0; done <= JOIN.size(); done++) {
            // given a driver that crashed after some steps
            MetadataState state = founded(3, 2, 3);
            for (MetadataEntry step : JOIN.subList(0, done)) {
                state = applied(state, step);
            }

            // when another begins from what it sees
            for (MetadataEntry step : JOIN) {
                state = state.apply(state.index() + 1, 1, step).state();
            }

            // then the node takes full part, once
            MetadataView view = state.view();
            assertThat(view.topology().stateOf(n(4))).as("%d", done).isEqualTo(NodeState.ACTIVE);
            assertThat(view.ownerOf(pin(40))).isEqualTo(new KeyOwner.Member(n(4)));
            assertThat(view.routing().group(g(1)).members())
                    .isEqualTo(whole.view().routing().group(g(1)).members());
            assertThat(view.topology().nextNodeId()).isEqualTo(5);
            assertThat(view.nextReplicaId()).isEqualTo(11);
        }
    }

    @Test
    void aJoinThatIsGivenUpLeavesNothingThatLooksLikeSuccess() {
        for (int done = 1; done < 5; done++) {
            MetadataState state = founded(3, 2, 3);
            for (MetadataEntry step : JOIN.subList(0, done)) {
                state = applied(state, step);
            }
            MetadataEntry cancel =
                    done < 3 ? new MarkAborted(TOKEN) : new TopologyChange.Leave(n(4));
            MetadataView view = applied(state, cancel).view();
            assertThat(view.topology().node(n(4))).as("%d", done).isNull();
            assertThat(view.ownerOf(pin(40)))
                    .as("%d", done)
                    .isNotInstanceOf(KeyOwner.Member.class)
                    .isNotInstanceOf(KeyOwner.Arriving.class);
        }
    }

    @Test
    void whatOneNodeDoesNotKnowStopsThatNodeBeforeTheWholeEntry() {
        // given a checkpoint of a phase, and an abort with a step, that only a newer build knows
        Bytes checkpoint = MetadataCodec.encode(everyKind().get("migration-checkpoint"));
        Bytes abort = MetadataCodec.encode(everyKind().get("migration-abort"));
        for (Bytes known : List.of(checkpoint, abort)) {
            byte[] newer = known.toByteArray();
            int at = known.equals(checkpoint) ? phaseAt(newer) : firstStepAt(newer);
            newer[at] = 99;
            MetadataCache cache = new MetadataCache();
            CacheApplier applier = new CacheApplier(cache);

            // when, then
            assertThatThrownBy(() ->
                            applier.apply(
                                    List.of(
                                            committed(1, ddl("a")),
                                            new CommittedEntry(2, 2, Bytes.wrap(newer)),
                                            committed(3, ddl("b")))))
                    .isInstanceOf(MetadataApplyStopped.class)
                    .hasMessageContaining("99");
            assertThat(cache.appliedIndex()).isEqualTo(1);
        }
    }

    @Test
    void aHundredConcurrentPresentationsGiveExactlyOneSuccess() {
        // given a hundred joiners that all saw the same next node id
        MetadataState state = appliedAt(founded(3, 2, 3), 10, new Register(TOKEN, 1000));
        List<Code> refusals = new ArrayList<>();
        int successes = 0;

        // when the log orders their presentations
        for (int i = 0; i < 100; i++) {
            BeginInFlight begin = new BeginInFlight(TOKEN, presenter(100 + i, 4, 200));
            MetadataState.Step step = state.apply(state.index() + 1, 20 + i, begin);
            state = step.state();
            if (step.outcome() instanceof MetadataOutcome.Rejected(Code code, _)) {
                refusals.add(code);
            } else {
                successes++;
            }
        }

        // then
        assertThat(successes).isEqualTo(1);
        assertThat(refusals).hasSize(99).containsOnly(Code.TOKEN_IN_USE);
        assertThat(state.view().ownerOf(pin(100))).isEqualTo(new KeyOwner.Arriving(n(4), TOKEN));
        assertThat(state.view().ownerOf(pin(101))).isEqualTo(new KeyOwner.Stranger());
    }

    @Test
    void whoeverPresentsInTurnOnlyOneIdentityIsEverUnrevoked() {
        // given a hundred presenters, each of which takes the token when the last lease is over
        MetadataState state = appliedAt(founded(3, 2, 3), 10, new Register(TOKEN, 1_000_000));
        for (int i = 0; i < 100; i++) {
            long now = state.view().stampMicros() + 100;
            long next = state.view().topology().nextNodeId();
            BeginInFlight begin = new BeginInFlight(TOKEN, presenter(100 + i, next, now + 100));
            state = state.apply(state.index() + 1, now, begin).state();

            // then
            int welcome = 0;
            for (int j = 0; j <= i; j++) {
                if (state.view().ownerOf(pin(100 + j)) instanceof KeyOwner.Arriving) {
                    welcome++;
                }
            }
            assertThat(welcome).as("after %d", i).isEqualTo(1);
        }
    }

    @Test
    void topologyConvergesThroughChangesAndRemovals() {
        // given a log that adds, changes and removes
        List<CommittedEntry> log = new ArrayList<>();
        log.add(committed(1, Founding.batch(Samples.CLUSTER, nodes(3), 2, 3)));
        log.add(committed(2, new TopologyChange.Join(node(4))));
        log.add(committed(3, new TopologyChange.Join(node(5))));
        log.add(committed(4, new TopologyChange.Leave(n(4))));
        log.add(committed(5, new TopologyChange.StartDecommission(n(3))));
        log.add(committed(6, new TopologyChange.Join(node(4))));

        // when one node applies it entry by entry, and one that was away all at once
        MetadataCache steadily = new MetadataCache();
        for (CommittedEntry entry : log) {
            new CacheApplier(steadily).apply(List.of(entry));
        }
        MetadataCache late = new MetadataCache();
        new CacheApplier(late).apply(log);

        // then
        assertThat(late.view().topology()).isEqualTo(steadily.view().topology());
        assertThat(late.view().topology().epoch()).isEqualTo(5);
        assertThat(late.view().topology().stateOf(n(4))).isEqualTo(NodeState.REMOVED);
    }

    @Test
    void aTokenWhoseHandlerCrashedIsUsableAgainAfterItsLeaseByLogTime() {
        // given a leader that bound the token and crashed before it answered
        MetadataState state = appliedAt(founded(3, 2, 3), 10, new Register(TOKEN, 10_000));
        MetadataState bound = appliedAt(state, 20, new BeginInFlight(TOKEN, presenter(40, 4, 120)));

        // when, then: the joiner itself may come back at any time, another only after the lease
        assertThat(codeAt(bound, 30, new BeginInFlight(TOKEN, presenter(40, 4, 130)))).isNull();
        BeginInFlight other = new BeginInFlight(TOKEN, presenter(41, 5, 300));
        assertThat(codeAt(bound, 119, other)).isEqualTo(Code.TOKEN_IN_USE);
        MetadataState next = appliedAt(bound, 120, other);
        assertThat(Objects.requireNonNull(next.view().tokens().token(TOKEN)).lifecycle())
                .isEqualTo(Lifecycle.IN_FLIGHT);
    }

    @Test
    void aSecondClusterIsNeverFoundedOverAFirst() {
        MetadataState state = founded(3, 2, 3);
        MetadataEntry other = Founding.batch(new dev.quorate.types.ClusterId(7, 7), nodes(3), 2, 3);
        assertThat(codeAt(state, 1, other)).isEqualTo(Code.ALREADY_FOUNDED);
    }

    /// Where the number of the phase is: in field 4, after the two halves of the id and, because
    /// attempt 0 is left out, nothing else.
    private static int phaseAt(byte[] entry) {
        int at = 8;
        while (entry[at] != 4) {
            at += 5 + entry[at + 1];
        }
        return at + 5;
    }

    /// Where the kind of the first step is: field 1 of the first message in field 4.
    private static int firstStepAt(byte[] entry) {
        int at = 8;
        while (entry[at] != 4) {
            at += 5 + entry[at + 1];
        }
        return at + 5 + 4 + 5;
    }
}
