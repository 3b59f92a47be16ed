package dev.quorate.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.SupportEffect.Gained;
import dev.quorate.swim.SupportEffect.Given;
import dev.quorate.swim.SupportEffect.Lost;
import dev.quorate.swim.SupportEffect.RaiseEpoch;
import dev.quorate.swim.SupportEffect.Send;
import dev.quorate.swim.SupportEffect.Withdrawn;
import dev.quorate.swim.SupportInput.MembersChanged;
import dev.quorate.swim.SupportInput.Received;
import dev.quorate.swim.SupportInput.Wakeup;
import dev.quorate.swim.SupportInput.Wanted;
import dev.quorate.swim.SupportMessage.Refusal;
import dev.quorate.swim.SupportMessage.Request;
import dev.quorate.swim.SupportMessage.Support;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One side of a promise at a time, effect by effect.
class StoreLivenessTest {
    private static final NodeId LEADER = new NodeId(1);
    private static final NodeId FOLLOWER = new NodeId(2);
    private static final Incarnation FIRST = new Incarnation(1, 0);
    private static final Incarnation SECOND = new Incarnation(2, 0);
    private static final long MICROS = 3_000_000;

    private final List<SupportEffect> effects = new ArrayList<>();
    private long millis = 100;

    private StoreLiveness node(NodeId self) {
        StoreLiveness node = new StoreLiveness(SupportConfig.DEFAULT, self, FIRST, now());
        step(node, new MembersChanged(new Members(1, List.of(LEADER, FOLLOWER))));
        return node;
    }

    private Moment now() {
        return new Moment(Duration.ofMillis(millis).toNanos(), millis * 1_000);
    }

    private void step(StoreLiveness node, SupportInput input) {
        effects.clear();
        node.step(now(), input, effects::add);
    }

    private void hear(StoreLiveness node, NodeId from, SupportMessage message) {
        step(node, new Received(from, message));
    }

    @Test
    void supportIsAskedForOfThoseWhoAreWanted() {
        StoreLiveness leader = node(LEADER);

        step(leader, new Wanted(List.of(FOLLOWER, LEADER, new NodeId(77))));

        assertThat(effects).containsExactly(new Send(FOLLOWER, new Request(FIRST, 1, MICROS)));
    }

    @Test
    void itIsGivenAndRenewed() {
        StoreLiveness follower = node(FOLLOWER);

        hear(follower, LEADER, new Request(FIRST, 1, MICROS));
        assertThat(effects)
                .containsExactly(
                        new Given(LEADER, FIRST),
                        new Send(LEADER, new Support(FIRST, 1, MICROS, 1)));
        millis += 2_999;
        hear(follower, LEADER, new Request(FIRST, 2, MICROS));
        assertThat(effects).containsExactly(new Send(LEADER, new Support(FIRST, 2, MICROS, 1)));
        millis += 2_999;
        assertThat(follower.supports(LEADER, FIRST, now())).isTrue();
        assertThat(follower.supports(LEADER, SECOND, now())).isFalse();
    }

    @Test
    void itIsNotGivenForLongerThanTheGiverWould() {
        StoreLiveness follower = node(FOLLOWER);

        hear(follower, LEADER, new Request(FIRST, 1, Long.MAX_VALUE));

        assertThat(effects).contains(new Send(LEADER, new Support(FIRST, 1, MICROS, 1)));
    }

    @Test
    void whatRanOutIsWithdrawnAndNeverGivenAgain() {
        StoreLiveness follower = node(FOLLOWER);
        hear(follower, LEADER, new Request(FIRST, 1, MICROS));

        millis += 3_000;
        step(follower, new Wakeup());
        assertThat(effects).containsExactly(new Withdrawn(LEADER, FIRST));
        hear(follower, LEADER, new Request(FIRST, 2, MICROS));
        assertThat(effects).containsExactly(new Send(LEADER, new Refusal(FIRST)));
        assertThat(follower.supports(LEADER, FIRST, now())).isFalse();
    }

    @Test
    void aLateRequestDoesNotOutrunItsOwnWithdrawal() {
        StoreLiveness follower = node(FOLLOWER);
        hear(follower, LEADER, new Request(FIRST, 1, MICROS));

        millis += 3_000;
        hear(follower, LEADER, new Request(FIRST, 2, MICROS));

        assertThat(effects)
                .containsExactly(
                        new Withdrawn(LEADER, FIRST), new Send(LEADER, new Refusal(FIRST)));
    }

    @Test
    void aNewLifeOfTheAskerEndsThePromiseToTheOld() {
        StoreLiveness follower = node(FOLLOWER);
        hear(follower, LEADER, new Request(FIRST, 1, MICROS));

        hear(follower, LEADER, new Request(SECOND, 1, MICROS));

        assertThat(effects)
                .containsExactly(
                        new Withdrawn(LEADER, FIRST),
                        new Given(LEADER, SECOND),
                        new Send(LEADER, new Support(SECOND, 1, MICROS, 1)));
        hear(follower, LEADER, new Request(FIRST, 2, MICROS));
        assertThat(effects).isEmpty();
    }

    @Test
    void theAskerCountsFromWhenItAsked() {
        StoreLiveness leader = node(LEADER);
        step(leader, new Wanted(List.of(FOLLOWER)));

        millis += 900;
        hear(leader, FOLLOWER, new Support(FIRST, 1, MICROS, 1));
        assertThat(effects).containsExactly(new Gained(FOLLOWER, FIRST));
        millis += 2_099;
        assertThat(leader.isSupportedBy(FOLLOWER, now())).isTrue();
        millis += 1;
        assertThat(leader.isSupportedBy(FOLLOWER, now())).isFalse();
        step(leader, new Wakeup());
        assertThat(effects).contains(new Lost(FOLLOWER, FIRST));
    }

    @Test
    void promisesForOtherEpochsAndUnknownRoundsCountForNothing() {
        StoreLiveness leader = node(LEADER);
        step(leader, new Wanted(List.of(FOLLOWER)));

        hear(leader, FOLLOWER, new Support(SECOND, 1, MICROS, 1));
        hear(leader, FOLLOWER, new Support(FIRST, 2, MICROS, 1));
        hear(leader, FOLLOWER, new Support(FIRST, -20, MICROS, 1));
        hear(leader, new NodeId(77), new Support(FIRST, 1, MICROS, 1));

        assertThat(effects).isEmpty();
        assertThat(leader.isSupportedBy(FOLLOWER, now())).isFalse();
    }

    @Test
    void aGiversNewLifeDoesNotRememberItsPromise() {
        StoreLiveness leader = node(LEADER);
        step(leader, new Wanted(List.of(FOLLOWER)));
        hear(leader, FOLLOWER, new Support(FIRST, 1, MICROS, 1));

        hear(leader, FOLLOWER, new Support(FIRST, 1, MICROS, 2));
        assertThat(effects).containsExactly(new Lost(FOLLOWER, FIRST), new Gained(FOLLOWER, FIRST));
        hear(leader, FOLLOWER, new Support(FIRST, 1, MICROS, 1));
        assertThat(effects).isEmpty();
    }

    @Test
    void aRefusedAskerGoesAboveAndAsksEverybodyAnew() {
        StoreLiveness leader = node(LEADER);
        step(leader, new Wanted(List.of(FOLLOWER)));
        hear(leader, FOLLOWER, new Support(FIRST, 1, MICROS, 1));

        hear(leader, FOLLOWER, new Refusal(FIRST));

        Incarnation above = new Incarnation(1, 1);
        assertThat(effects)
                .containsExactly(
                        new Lost(FOLLOWER, FIRST),
                        new RaiseEpoch(above),
                        new Send(FOLLOWER, new Request(above, 2, MICROS)));
        hear(leader, FOLLOWER, new Refusal(FIRST));
        assertThat(effects).isEmpty();
    }

    @Test
    void aSuspendedMachineDropsAllPromises() {
        StoreLiveness follower = node(FOLLOWER);
        hear(follower, LEADER, new Request(FIRST, 1, MICROS));
        StoreLiveness leader = node(LEADER);
        step(leader, new Wanted(List.of(FOLLOWER)));
        hear(leader, FOLLOWER, new Support(FIRST, 1, MICROS, 1));
        Moment awake = new Moment(now().nanos() + 1, now().wallMicros() + 600_000);

        effects.clear();
        follower.step(awake, new Wakeup(), effects::add);
        leader.step(awake, new Wakeup(), effects::add);

        assertThat(effects)
                .containsExactly(new Withdrawn(LEADER, FIRST), new Lost(FOLLOWER, FIRST));
    }

    @Test
    void aMemberThatIsGoneIsForgotten() {
        StoreLiveness follower = node(FOLLOWER);
        hear(follower, LEADER, new Request(FIRST, 1, MICROS));

        step(follower, new MembersChanged(new Members(2, List.of(FOLLOWER))));
        assertThat(effects).containsExactly(new Withdrawn(LEADER, FIRST));
        hear(follower, LEADER, new Request(SECOND, 1, MICROS));
        assertThat(effects).isEmpty();
    }
}
