package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.CLUSTER;
import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.group;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.nodes;
import static dev.quorate.metadata.Samples.outcome;
import static dev.quorate.metadata.Samples.pin;
import static dev.quorate.metadata.Samples.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Member;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The first entry of a cluster.
class FoundingTest {
    @Test
    void foundingMakesAWholeCluster() {
        // when
        MetadataView view = founded(3, 16, 3).view();

        // then
        assertThat(view.founded()).isTrue();
        assertThat(view.version()).isEqualTo(1);
        assertThat(view.settings())
                .containsEntry(ClusterSettings.CLUSTER_ID, CLUSTER.toString())
                .containsEntry(ClusterSettings.GROUPS, "16")
                .containsEntry(ClusterSettings.REPLICATION_FACTOR, "3");
        assertThat(view.topology().nodes())
                .hasSize(3)
                .allMatch(node -> node.state() == NodeState.ACTIVE);
        assertThat(view.routing().groups()).hasSize(17);
        assertThat(view.routing().vshardsOf(g(0))).isEmpty();
        for (int vshard = 0; vshard < 1024; vshard++) {
            assertThat(view.routing().groupOf(v(vshard))).isEqualTo(g(1 + vshard % 16));
            assertThat(view.routing().epochOf(v(vshard))).isEqualTo(1);
        }
        assertThat(MetadataView.EMPTY.founded()).isFalse();
    }

    @Test
    void aSecondFoundingIsRejectedWhole() {
        // given
        MetadataState state = founded(3, 2, 3);

        // when the same founding, or another, is applied again
        List<MetadataEntry.Batch> again =
                List.of(
                        Founding.batch(CLUSTER, nodes(3), 2, 3),
                        Founding.batch(new ClusterId(1, 1), nodes(9), 4, 3));
        for (MetadataEntry.Batch founding : again) {
            MetadataState.Step step = state.apply(2, 9, founding);

            // then
            assertThat(step.outcome())
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected ->
                                    assertThat(rejected.code()).isEqualTo(Code.ALREADY_FOUNDED));
            assertThat(step.state()).isEqualTo(state.skip(2, 9));
        }
    }

    @Test
    void foundersComeWithTheirKeys() {
        // given
        List<NodeInfo> founders =
                List.of(node(1).withPin(pin(1)), node(2).withPin(pin(2)), node(3).withPin(pin(3)));

        // when
        MetadataView view =
                applied(MetadataState.EMPTY, Founding.batch(CLUSTER, founders, 1, 3)).view();

        // then
        assertThat(view.topology().nodes())
                .isEqualTo(
                        founders.stream().map(node -> node.withState(NodeState.ACTIVE)).toList());
    }

    @Test
    void theOrderOfFoundersDoesNotMatter() {
        List<NodeInfo> founders = nodes(5);
        assertThat(Founding.batch(CLUSTER, founders.reversed(), 7, 3))
                .isEqualTo(Founding.batch(CLUSTER, founders, 7, 3));
        assertThat(Founding.metadataMembers(founders.reversed(), 3))
                .isEqualTo(Founding.metadataMembers(founders, 3));
    }

    @Test
    void metadataMembersAreThoseThatTheBatchWritesDown() {
        int[][] sizes = {
            {1, 1, 1}, {3, 1, 3}, {2, 2, 2}, {3, 2, 3}, {5, 3, 5}, {4, 4, 3}, {6, 3, 5}, {9, 7, 5}
        };
        for (int[] size : sizes) {
            List<Member> members = Founding.metadataMembers(nodes(size[0]), size[1]);
            assertThat(members).hasSize(size[2]);
            GroupInfo zero = group(founded(size[0], 3, size[1]).view(), 0);
            assertThat(zero.members()).isEqualTo(members);
            // and every other node listens
            assertThat(zero.listeners()).hasSize(size[0] - size[2]);
        }
    }

    @Test
    void leadersAndReplicasAreSpreadEvenly() {
        for (int nodes = 1; nodes <= 12; nodes++) {
            for (int replicas = 1; replicas <= Math.min(nodes, 7); replicas++) {
                for (int groups : new int[] {1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 64, 100}) {
                    assertEven(nodes, groups, replicas);
                }
            }
        }
    }

    @Test
    void oneLostNodeBurdensAllOthers() {
        // given the groups that node 1 leads, among six nodes
        MetadataView view = founded(6, 60, 3).view();
        Set<Object> next = new HashSet<>();
        for (GroupInfo group : view.routing().groups().subList(1, 61)) {
            if (group.members().getFirst().node().equals(n(1))) {
                next.add(group.members().get(1).node());
            }
        }

        // then their followers are not always the same
        assertThat(next).hasSize(5);
    }

    @Test
    void theLargestFoundingFitsIntoAnEntry() {
        MetadataEntry.Batch batch =
                Founding.batch(CLUSTER, nodes(ClusterTopology.NODES_MAX), 1024, 5);
        MetadataState state = applied(MetadataState.EMPTY, batch);
        assertThat(MetadataCodec.encode(batch).length()).isLessThan(MetadataCodec.ENTRY_BYTES_MAX);
        assertThat(MetadataState.decode(state.encode())).isEqualTo(state);
    }

    @Test
    void whatMakesNoClusterIsRefusedWithASentence() {
        assertThatThrownBy(() -> Founding.batch(CLUSTER, nodes(2), 1, 3))
                .hasMessageStartingWith("2 nodes cannot hold 3 replicas");
        assertThatThrownBy(() -> Founding.batch(CLUSTER, nodes(3), 1025, 3))
                .hasMessage("a cluster is founded with 1..1024 groups, not 1025");
        assertThatThrownBy(() -> Founding.metadataMembers(nodes(3), 0))
                .hasMessage("a replication factor is 1..15, not 0");
        assertThatThrownBy(() -> Founding.batch(CLUSTER, List.of(node(1), node(1)), 1, 1))
                .hasMessage("n1 is named twice");
        assertThatThrownBy(() ->
                        Founding.batch(
                                CLUSTER,
                                List.of(node(1).withPin(pin(1)), node(2).withPin(pin(1))),
                                1,
                                1))
                .hasMessage("n2 has the same key as another founder");
        assertThatThrownBy(() ->
                        Founding.batch(
                                CLUSTER,
                                List.of(node(1), node(2).withWire(new WireRange(2, 3))),
                                1,
                                1))
                .hasMessageStartingWith("no version suits all founders");
        assertThatThrownBy(() ->
                        Founding.batch(CLUSTER, List.of(NodeInfo.joining(n(1), "x", "")), 1, 1))
                .hasMessage("n1: \"x\" is not an address of the form host:port");
        assertThat(outcome(founded(1, 1, 1), new TopologyChange.Join(node(2))))
                .isEqualTo(new MetadataOutcome.Applied());
    }

    private static void assertEven(int nodes, int groups, int replicas) {
        int[] leads = new int[nodes];
        int[] holds = new int[nodes];
        List<Object> ids = new ArrayList<>();
        MetadataView view = founded(nodes, groups, replicas).view();
        for (GroupInfo group : view.routing().groups()) {
            group.listeners().forEach(listener -> ids.add(listener.replica().value()));
            for (Member member : group.members()) {
                ids.add(member.replica().value());
                if (group.id().value() > 0) {
                    holds[(int) member.node().value() - 1]++;
                }
            }
            if (group.id().value() > 0) {
                assertThat(group.members()).hasSize(replicas);
                leads[(int) group.members().getFirst().node().value() - 1]++;
            }
        }
        String what = nodes + " nodes, " + groups + " groups, " + replicas + " replicas";
        assertThat(spread(leads)).as("leaders with %s", what).isLessThanOrEqualTo(1);
        assertThat(spread(holds)).as("replicas with %s", what).isLessThanOrEqualTo(1);
        assertThat(ids)
                .doesNotHaveDuplicates()
                .contains(1L)
                .hasSize((int) view.nextReplicaId() - 1);
    }

    private static int spread(int[] counts) {
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (int count : counts) {
            least = Math.min(least, count);
            most = Math.max(most, count);
        }
        return most - least;
    }
}
