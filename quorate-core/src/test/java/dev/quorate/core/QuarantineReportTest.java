package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.Founding;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataState;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.RoutingChange;
import dev.quorate.raft.Credits;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a node tells group 0 of a replica that has lost data, and when.
class QuarantineReportTest {
    private static final NodeId SELF = new NodeId(1);
    private static final GroupId G1 = new GroupId(1);
    private static final long SECOND = 1_000_000_000;

    private final Turn turn = new Turn(new Credits(1, 1));
    private final MetadataState founded = founded();
    private final Member member = memberOf(founded.view());
    private final LostReplica lost = new LostReplica(G1, member.replica(), "it is rotten");
    private final Quarantine quarantine =
            new Quarantine(
                    SELF, turn, new Reporting(turn), new LeaderHints(SELF, turn), List.of(lost));

    @Test
    void aLossIsReportedAgainAndAgainUntilGroupZeroKnows() {
        RoutingChange.ReportQuarantine report = new RoutingChange.ReportQuarantine(G1, member);
        Bytes bytes = MetadataCodec.encode(report);
        assertThat(dueAt(0, founded.view())).containsExactly(bytes);
        assertThat(dueAt(0, founded.view())).isEmpty();
        assertThat(dueAt(2 * SECOND, founded.view())).containsExactly(bytes);

        MetadataView told = founded.apply(founded.index() + 1, 1, report).state().view();
        quarantine.hurry();
        assertThat(dueAt(10 * SECOND, told)).isEmpty();
        assertThat(dueAt(20 * SECOND, told)).isEmpty();
    }

    @Test
    void nothingIsReportedOfAReplicaThatNobodyCounts() {
        assertThat(memberOf(founded.view())).isEqualTo(member);
        Quarantine stranger =
                new Quarantine(
                        new NodeId(9),
                        turn,
                        new Reporting(turn),
                        new LeaderHints(SELF, turn),
                        List.of(lost));
        turn.begin(new Moment(1, 1), effect -> {});
        assertThat(stranger.due(founded.view())).isEmpty();
    }

    private List<Bytes> dueAt(long nanos, MetadataView view) {
        turn.begin(new Moment(nanos, nanos / 1_000), effect -> {});
        return quarantine.due(view);
    }

    private static Member memberOf(MetadataView view) {
        return view.routing().group(G1).members().stream()
                .filter(one -> one.node().equals(SELF))
                .findFirst()
                .orElseThrow();
    }

    private static MetadataState founded() {
        List<NodeInfo> nodes = new ArrayList<>();
        for (long id = 1; id <= 3; id++) {
            byte[] pin = new byte[32];
            pin[0] = (byte) id;
            nodes.add(
                    NodeInfo.joining(new NodeId(id), "links:" + id, "client:" + id)
                            .withPin(Bytes.wrap(pin)));
        }
        MetadataEntry founding = Founding.batch(new ClusterId(1, 2), nodes, 1, 3);
        return MetadataState.EMPTY.apply(1, 1, founding).state();
    }
}
