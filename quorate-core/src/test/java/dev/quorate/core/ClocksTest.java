package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataState;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.raft.Credits;
import dev.quorate.raft.RaftInput.Clock;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage.ClockAsk;
import dev.quorate.wire.PeerMessage.ClockTold;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a node makes of its wall clock and of others' (rule R14).
class ClocksTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);
    private static final long BEAT_NANOS = 100_000_000;
    private static final long HOUR_MICROS = 3_600_000_000L;

    private final Turn turn = new Turn(new Credits(1, 1));
    private final List<NodeEffect> effects = new ArrayList<>();
    private long nanos = 5_000_000_000L;
    private long wallMicros = 1_800_000_000_000_000L;
    private final Clocks clocks = new Clocks(N1, BEAT_NANOS, new Moment(nanos, wallMicros), turn);

    private void begin() {
        effects.clear();
        turn.begin(new Moment(nanos, wallMicros), effects::add);
        clocks.notice();
    }

    private void pass(long micros) {
        nanos += micros * 1_000;
        wallMicros += micros;
    }

    private static MetadataView cluster(int nodes) {
        MetadataState state = MetadataState.EMPTY;
        for (int id = 1; id <= nodes; id++) {
            NodeInfo node = NodeInfo.joining(new NodeId(id), "links:" + id, "client:" + id);
            MetadataEntry join = new TopologyChange.Join(node);
            state = state.apply(id, id, join).state();
        }
        return state.view();
    }

    /// Asks, and has the peers answer 2 ms later with clocks that are ahead by so much.
    private Clock ask(int nodes, Long... aheadMicros) {
        begin();
        nanos = Math.max(nanos, clocks.nextDeadlineNanos());
        begin();
        clocks.ask(cluster(nodes), List.of());
        assertThat(effects).filteredOn(NodeEffect.Send.class::isInstance).hasSize(nodes - 1);
        long asked = nanos;
        pass(2_000);
        begin();
        for (int i = 0; i < aheadMicros.length; i++) {
            Long ahead = aheadMicros[i];
            if (ahead != null) {
                clocks.told(new NodeId(i + 2), new ClockTold(asked, wallMicros - 1_000 + ahead));
            }
        }
        return clocks.judged();
    }

    @Test
    void beforeAnybodyHasAnsweredNothingIsKnown() {
        assertThat(clocks.judged().known()).isFalse();
        assertThat(ask(3)).isEqualTo(Clock.UNKNOWN);
        assertThat(ask(3, 0L, 0L)).isEqualTo(Clock.RIGHT);
    }

    @Test
    void aNodeAloneBelievesItself() {
        assertThat(ask(1)).isEqualTo(Clock.RIGHT);
    }

    @Test
    void aNodeThatNobodyAnswersDoesNotBelieveItself() {
        for (int i = 0; i < 20; i++) {
            pass(1_000_000);
            assertThat(ask(3)).isEqualTo(Clock.UNKNOWN);
        }
    }

    @Test
    void theMiddleClockIsRight() {
        assertThat(ask(3, 0L, HOUR_MICROS)).isEqualTo(new Clock(0, List.of(N3)));
        assertThat(ask(3, -HOUR_MICROS, HOUR_MICROS)).isEqualTo(new Clock(0, List.of(N2, N3)));
        assertThat(ask(3, HOUR_MICROS, HOUR_MICROS + 10))
                .isEqualTo(new Clock(HOUR_MICROS, List.of(N1)));
        assertThat(effects).contains(new NodeEffect.Traced(new Trace.ClockOff(HOUR_MICROS)));
        assertThat(turn.latestMicros()).isEqualTo(wallMicros + HOUR_MICROS);

        // and when it agrees again
        assertThat(ask(3, 0L, HOUR_MICROS)).isEqualTo(new Clock(0, List.of(N3)));
        assertThat(effects).contains(new NodeEffect.Traced(new Trace.ClockOff(0)));
    }

    @Test
    void ofTwoClocksTheEarlierIsBelieved() {
        assertThat(ask(2, HOUR_MICROS)).isEqualTo(new Clock(0, List.of(N2)));
        assertThat(ask(2, -HOUR_MICROS)).isEqualTo(new Clock(-HOUR_MICROS, List.of(N1)));
        assertThat(turn.latestMicros()).isEqualTo(wallMicros);
    }

    @Test
    void clocksThatDifferALittleAgree() {
        assertThat(ask(3, 499_000L, -499_000L)).isEqualTo(Clock.RIGHT);
    }

    @Test
    void tooFewAnswersDecideNothing() {
        ask(4, HOUR_MICROS, null, null);
        pass(1_000_000);
        assertThat(ask(4, HOUR_MICROS, null, null)).isEqualTo(Clock.UNKNOWN);
    }

    @Test
    void aSlowAnswerSaysNothing() {
        begin();
        clocks.ask(cluster(2), List.of());
        long asked = nanos;
        pass(600_000);
        begin();
        clocks.told(N2, new ClockTold(asked, wallMicros + HOUR_MICROS));
        assertThat(clocks.judged()).isEqualTo(Clock.UNKNOWN);
    }

    @Test
    void aStrangersAnswerSaysNothing() {
        ask(2, 0L);
        clocks.told(N3, new ClockTold(nanos, wallMicros + HOUR_MICROS));
        assertThat(ask(2, 0L)).isEqualTo(Clock.RIGHT);
    }

    @Test
    void aClockThatJumpsIsNotBelievedBeforeTheOthersHaveSpoken() {
        // given
        ask(3, 0L, 0L);
        begin();
        clocks.ask(cluster(3), List.of());
        long askedBefore = nanos;

        // when
        pass(1_000);
        wallMicros += HOUR_MICROS;
        begin();

        // then it goes on where it was, and asks at once
        assertThat(clocks.judged()).isEqualTo(new Clock(-HOUR_MICROS, List.of()));
        assertThat(clocks.takeNews()).isEqualTo(clocks.judged());
        assertThat(clocks.nextDeadlineNanos()).isEqualTo(nanos);

        // and an answer to an earlier question changes nothing
        clocks.told(N2, new ClockTold(askedBefore, wallMicros));
        clocks.told(N3, new ClockTold(askedBefore, wallMicros));
        assertThat(clocks.judged()).isEqualTo(new Clock(-HOUR_MICROS, List.of()));

        // until all say that it is right: the whole cluster was suspended
        assertThat(ask(3, 0L, 0L)).isEqualTo(Clock.RIGHT);
    }

    @Test
    void aQuestionIsAnsweredWithTheClockAsItIs() {
        ask(3, HOUR_MICROS, HOUR_MICROS);
        begin();
        clocks.asked(N2, new ClockAsk(77));
        assertThat(effects).containsExactly(new NodeEffect.Send(N2, new ClockTold(77, wallMicros)));
        assertThat(news()).isEqualTo(new Clock(HOUR_MICROS, List.of(N1)));
        assertThat(news()).isNull();
    }

    private @Nullable Clock news() {
        return clocks.takeNews();
    }
}
