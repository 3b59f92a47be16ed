package dev.quorate.enrolment;

import static dev.quorate.enrolment.Desk.FIRST_CA;
import static dev.quorate.enrolment.Desk.SECOND;
import static dev.quorate.enrolment.Desk.TOKEN;
import static dev.quorate.enrolment.Desk.claim;
import static dev.quorate.enrolment.Desk.hash;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.enrolment.EnrolmentDecision.Again;
import dev.quorate.enrolment.EnrolmentDecision.Issue;
import dev.quorate.enrolment.EnrolmentDecision.Propose;
import dev.quorate.enrolment.EnrolmentDecision.Refuse;
import dev.quorate.metadata.JoinTokenState;
import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenTransition;
import dev.quorate.metadata.KeyOwner;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataOutcome;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeState;
import dev.quorate.placement.Placement;
import dev.quorate.placement.PlacementOptions;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of join tokens (rule R23), decided upon and applied.
class TokenDeskTest {
    private static final NodeId N4 = new NodeId(4);
    private static final NodeId N5 = new NodeId(5);
    private static final long HOUR = 3600 * SECOND;

    private final Desk desk = new Desk();

    TokenDeskTest() {
        apply(new JoinTokenTransition.Register(TOKEN, HOUR));
    }

    @Test
    void freshTokenBindsItsPresenterAndNothingLeavesBeforeThatIsApplied() {
        EnrolmentDecision first = present(40);
        assertThat(first).isInstanceOf(Propose.class);
        apply(((Propose) first).entry());
        assertThat(token().lifecycle()).isEqualTo(Lifecycle.IN_FLIGHT);
        assertThat(desk.view().topology().stateOf(N4)).isEqualTo(NodeState.JOINING);
        assertThat(desk.view().ownerOf(hash(40))).isEqualTo(new KeyOwner.Member(N4));
        assertThat(present(40)).isEqualTo(new Issue(N4, desk.now(), FIRST_CA));
    }

    @Test
    void sameKeyIsGivenTheSameCertificateHoweverLateItAsks() {
        bind(40);
        EnrolmentDecision issued = present(40);
        desk.pass(30 * 60 * SECOND);
        assertThat(present(40)).isEqualTo(issued);
        apply(Objects.requireNonNull(TokenDesk.arrival(desk.view(), N4)));
        assertThat(present(40)).isEqualTo(issued);
    }

    @Test
    void anotherKeyWaitsForTheLeaseAndThenTurnsTheFirstAway() {
        bind(40);
        assertThat(present(41))
                .isInstanceOf(Refuse.class)
                .extracting("again")
                .isEqualTo(Again.LATER);

        desk.pass(TokenDesk.LEASE_MICROS);
        bind(41);

        assertThat(desk.view().ownerOf(hash(40))).isInstanceOf(KeyOwner.Revoked.class);
        assertThat(desk.view().topology().stateOf(N4)).isEqualTo(NodeState.REMOVED);
        assertThat(present(41)).isInstanceOf(Issue.class).extracting("node").isEqualTo(N5);
        assertRefusedForGood(present(40));
    }

    @Test
    void firstHelloConsumesTheTokenAndThenNobodyElseHasIt() {
        bind(40);
        assertThat(TokenDesk.arrival(desk.view(), N5)).isNull();
        apply(Objects.requireNonNull(TokenDesk.arrival(desk.view(), N4)));
        assertThat(token().lifecycle()).isEqualTo(Lifecycle.CONSUMED);
        assertThat(TokenDesk.arrival(desk.view(), N4)).isNull();
        assertRefusedForGood(present(41));
        desk.pass(2 * HOUR);
        assertThat(TokenDesk.overdue(desk.view(), desk.now())).isEmpty();
    }

    @Test
    void presenterThatNeverArrivesIsTurnedAwayAndTheTokenIsFreeAgain() {
        bind(40);
        assertThat(TokenDesk.overdue(desk.view(), desk.now())).isEmpty();
        desk.pass(TokenDesk.LEASE_MICROS);
        clearUp();
        assertThat(token().lifecycle()).isEqualTo(Lifecycle.ISSUED);
        assertThat(desk.view().topology().stateOf(N4)).isEqualTo(NodeState.REMOVED);
        assertRefusedForGood(present(40));
        bind(41);
    }

    @Test
    void whoHasNotArrivedIsGivenNothingSoThatItCanBeTurnedAway() {
        bind(40);
        assertThat(given(N4)).isFalse();

        apply(Objects.requireNonNull(TokenDesk.arrival(desk.view(), N4)));
        assertThat(given(N4)).isTrue();
    }

    private boolean given(NodeId node) {
        return Placement.next(desk.view(), List.of(), PlacementOptions.DEFAULT).stream()
                .flatMap(step -> step.listeners().stream())
                .anyMatch(member -> member.node().equals(node));
    }

    @Test
    void tokenExpiresByLogTime() {
        desk.pass(HOUR);
        assertRefusedForGood(present(40));
        clearUp();
        assertThat(token().lifecycle()).isEqualTo(Lifecycle.EXPIRED);
        assertRefusedForGood(present(40));
        assertThat(TokenDesk.overdue(desk.view(), desk.now())).isEmpty();
    }

    @Test
    void withdrawnTokenTurnsAwayWhoeverHoldsIt() {
        bind(40);
        apply(TokenDesk.withdrawal(desk.view(), TOKEN));
        assertThat(token().lifecycle()).isEqualTo(Lifecycle.ABORTED);
        assertThat(desk.view().ownerOf(hash(40))).isInstanceOf(KeyOwner.Revoked.class);
        assertRefusedForGood(present(40));
        assertRefusedForGood(present(41));
    }

    @Test
    void unknownTokenAndKeyOfAnotherNodeAreRefused() {
        Claim unknown =
                new Claim(
                        hash(71),
                        hash(40),
                        "",
                        "",
                        new TreeMap<>(),
                        new TreeMap<>(),
                        claim(40).wire());
        assertRefusedForGood(TokenDesk.present(desk.view(), desk.now(), unknown));
        assertRefusedForGood(present(1));
    }

    @Test
    void everyStepIsRemembered() {
        bind(40);
        desk.pass(TokenDesk.LEASE_MICROS);
        bind(41);
        apply(Objects.requireNonNull(TokenDesk.arrival(desk.view(), N5)));
        assertThat(token().history())
                .extracting(JoinTokenState.Step::lifecycle)
                .containsExactly(
                        Lifecycle.ISSUED,
                        Lifecycle.IN_FLIGHT,
                        Lifecycle.IN_FLIGHT,
                        Lifecycle.CONSUMED);
    }

    /// A hundred presenters at many doors, each door with a view of any age, answers and nodes lost
    /// at every step: at no time do two keys that were given a certificate both count.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void atMostOneOfAHundredPresentersCountsAtAnyTime(long seed) {
        Random random = new Random(seed);
        List<MetadataView> views = new ArrayList<>(List.of(desk.view()));
        Map<Integer, NodeId> certified = new TreeMap<>();
        for (int step = 0; step < 2000; step++) {
            MetadataView seen =
                    views.get(views.size() - 1 - random.nextInt(Math.min(views.size(), 5)));
            int key = 100 + random.nextInt(100);
            switch (random.nextInt(10)) {
                case 0 -> desk.pass(random.nextLong(120 * SECOND));
                case 1 -> TokenDesk.overdue(seen, desk.now()).forEach(desk::apply);
                case 2 -> {
                    // some certified node says hello; links let in only keys that count
                    certified.forEach((holder, node) -> {
                        MetadataEntry arrival = TokenDesk.arrival(seen, node);
                        if (arrival != null && counts(holder, node) && random.nextInt(20) == 0) {
                            desk.apply(arrival);
                        }
                    });
                }
                default -> {
                    switch (TokenDesk.present(seen, desk.now(), claim(key))) {
                        case Propose(MetadataEntry entry) -> desk.apply(entry);
                        case Issue issue -> certified.put(key, issue.node());
                        case Refuse _ -> {}
                    }
                }
            }
            views.add(desk.view());
            assertThat(certified.entrySet().stream().filter(e -> counts(e.getKey(), e.getValue())))
                    .as("seed %d, step %d: keys that count", seed, step)
                    .hasSizeLessThanOrEqualTo(1);
        }
        assertThat(certified).as("seed %d: somebody was certified", seed).isNotEmpty();
    }

    private boolean counts(int key, NodeId node) {
        return desk.view().ownerOf(hash(key)).equals(new KeyOwner.Member(node));
    }

    private EnrolmentDecision present(int key) {
        return TokenDesk.present(desk.view(), desk.now(), claim(key));
    }

    private void bind(int key) {
        assertThat(present(key)).isInstanceOf(Propose.class);
        apply(((Propose) present(key)).entry());
    }

    private void clearUp() {
        List<MetadataEntry> entries = TokenDesk.overdue(desk.view(), desk.now());
        assertThat(entries).hasSize(1);
        apply(entries.getFirst());
    }

    private void apply(MetadataEntry entry) {
        assertThat(desk.apply(entry)).isEqualTo(new MetadataOutcome.Applied());
    }

    private JoinTokenState token() {
        return Objects.requireNonNull(desk.view().tokens().token(TOKEN));
    }

    private static void assertRefusedForGood(EnrolmentDecision decision) {
        assertThat(decision).isInstanceOf(Refuse.class).extracting("again").isEqualTo(Again.NEVER);
    }
}
