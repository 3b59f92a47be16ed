package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Values that the tests of this package share.
final class Samples {
    static final ClusterId CLUSTER = new ClusterId(0x0123456789abcdefL, 0x0fedcba987654321L);

    private Samples() {}

    static NodeId n(long id) {
        return new NodeId(id);
    }

    static GroupId g(long id) {
        return new GroupId(id);
    }

    static VShardId v(int id) {
        return new VShardId(id);
    }

    static Member m(long node, long replica) {
        return new Member(n(node), new ReplicaId(replica));
    }

    static Bytes pin(int seed) {
        byte[] pin = new byte[NodeInfo.PIN_LENGTH];
        Arrays.fill(pin, (byte) seed);
        return Bytes.copyOf(pin);
    }

    static NodeInfo node(long id) {
        return NodeInfo.joining(n(id), "10.0.0." + id + ":9000", "10.0.0." + id + ":6379");
    }

    static NodeInfo learner(long id) {
        return node(id).withState(NodeState.LEARNER);
    }

    static List<NodeInfo> nodes(int count) {
        List<NodeInfo> nodes = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            nodes.add(node(id));
        }
        return nodes;
    }

    static CommittedEntry committed(long index, MetadataEntry entry) {
        return new CommittedEntry(index, index * 1000, MetadataCodec.encode(entry));
    }

    static MetadataEntry ddl(String text) {
        return new MetadataEntry.CatalogDdl(Bytes.utf8(text));
    }

    static MetadataEntry batch(MetadataEntry... entries) {
        return new MetadataEntry.Batch(List.of(entries));
    }

    /// A founded cluster of `nodes` nodes at index 1.
    static MetadataState founded(int nodes, int groups, int replicationFactor) {
        return applied(
                MetadataState.EMPTY,
                Founding.batch(CLUSTER, nodes(nodes), groups, replicationFactor));
    }

    /// The state after the entries, each of which must be applied.
    static MetadataState applied(MetadataState from, MetadataEntry... entries) {
        MetadataState state = from;
        for (MetadataEntry entry : entries) {
            MetadataState.Step step = state.apply(state.index() + 1, 1, entry);
            if (!(step.outcome() instanceof MetadataOutcome.Applied)) {
                throw new AssertionError(entry + " was not applied: " + step.outcome());
            }
            state = step.state();
        }
        return state;
    }

    /// How the state answers one more entry.
    static MetadataOutcome outcome(MetadataState state, MetadataEntry entry) {
        return state.apply(state.index() + 1, 1, entry).outcome();
    }

    static GroupInfo group(MetadataView view, long id) {
        GroupInfo group = view.routing().group(g(id));
        if (group == null) {
            throw new AssertionError("there is no group " + id);
        }
        return group;
    }

    /// One entry of every kind, by the kind's name.
    static Map<String, MetadataEntry> everyKind() {
        TreeMap<String, String> labels = new TreeMap<>(Map.of("zone", "a", "rack", "r1"));
        NodeInfo info =
                node(7).withLabels(labels)
                        .withPin(pin(7))
                        .withWire(new WireRange(1, 3))
                        .withIncarnation(5);
        Map<String, MetadataEntry> kinds = new LinkedHashMap<>();
        kinds.put("catalog-ddl", ddl("create"));
        kinds.put("batch", batch(ddl("a"), batch(new TopologyChange.Leave(n(3)))));
        kinds.put("cluster-version-bump", new MetadataEntry.ClusterVersionBump(1, 2));
        kinds.put(
                "set-placement",
                new MetadataEntry.SetPlacement(g(2), List.of(m(1, 10), m(2, 11), m(3, 12))));
        kinds.put("set-cluster-setting", new MetadataEntry.SetClusterSetting("color", "blau"));
        kinds.put("pin-node-identity", new MetadataEntry.PinNodeIdentity(n(7), pin(9)));
        kinds.put("join", new TopologyChange.Join(info));
        kinds.put("rejoin", new TopologyChange.Rejoin(info.withIncarnation(6)));
        kinds.put("start-learning", new TopologyChange.StartLearning(n(7)));
        kinds.put("promote-to-voter", new TopologyChange.PromoteToVoter(n(7)));
        kinds.put("start-decommission", new TopologyChange.StartDecommission(n(7)));
        kinds.put("cancel-decommission", new TopologyChange.CancelDecommission(n(7)));
        kinds.put("finish-decommission", new TopologyChange.FinishDecommission(n(7)));
        kinds.put("leave", new TopologyChange.Leave(n(7)));
        kinds.put("reassign-vshard", new RoutingChange.ReassignVShard(v(1023), g(2), n(1), 99));
        kinds.put("leadership-transfer", new RoutingChange.LeadershipTransfer(g(2), n(1), 4));
        kinds.put("remove-member", new RoutingChange.RemoveMember(g(2), n(3), 17));
        kinds.put(
                "report-configuration",
                new RoutingChange.ReportConfiguration(
                        g(2),
                        18,
                        List.of(m(1, 10), m(2, 11)),
                        List.of(m(1, 10), m(2, 9)),
                        List.of(m(3, 12))));
        kinds.put("report-quarantine", new RoutingChange.ReportQuarantine(g(2), m(3, 12)));
        kinds.put(
                "change-addresses",
                new TopologyChange.ChangeAddresses(
                        n(7),
                        5,
                        "10.0.0.8:9000",
                        "10.0.0.8:6379",
                        new TreeMap<>(Map.of("admin", "10.0.0.8:8080", "bulk", "10.0.0.8:9001"))));
        kinds.put("change-labels", new TopologyChange.ChangeLabels(n(7), labels));
        addSecurity(kinds);
        addCatalog(kinds);
        addMigration(kinds);
        return kinds;
    }

    private static void addSecurity(Map<String, MetadataEntry> kinds) {
        kinds.put("revoke-identity", MetadataEntry.RevokeIdentity.ofNode(n(2), "stolen"));
        kinds.put(
                "deny-node",
                new MetadataEntry.DenyNode(
                        n(2), "burnt", List.of(n(4), n(3)), MetadataEntry.DenyNode.Care.FORCED));
        kinds.put("ca-establish", new CaTrustChange.Establish(ca("first")));
        kinds.put("ca-stage", new CaTrustChange.Stage(ca("second")));
        kinds.put("ca-node-reissued", new CaTrustChange.NodeReissued(n(2), ca("second").sha256()));
        kinds.put("ca-finalize", new CaTrustChange.Finalize(ca("second").sha256()));
        kinds.put("ca-abandon", new CaTrustChange.Abandon(ca("second").sha256()));
        kinds.put("node-key-stage", new NodeKeyChange.Stage(n(2), pin(2), pin(22)));
        kinds.put("node-key-confirm", new NodeKeyChange.Confirm(n(2), pin(22)));
        kinds.put("node-key-abandon", new NodeKeyChange.Abandon(n(2), pin(22)));
        kinds.put("token-register", new JoinTokenTransition.Register(pin(70), 900_000_000));
        kinds.put(
                "token-begin-in-flight",
                new JoinTokenTransition.BeginInFlight(pin(70), presenter(40, 4, 60_000_000)));
        kinds.put(
                "token-mark-consumed",
                new JoinTokenTransition.MarkConsumed(pin(70), pin(40), n(4)));
        kinds.put(
                "token-revert-in-flight", new JoinTokenTransition.RevertInFlight(pin(70), pin(40)));
        kinds.put("token-mark-expired", new JoinTokenTransition.MarkExpired(pin(70)));
        kinds.put("token-mark-aborted", new JoinTokenTransition.MarkAborted(pin(70)));
    }

    private static void addCatalog(Map<String, MetadataEntry> kinds) {
        kinds.put(
                "catalog-ddl-audited",
                new MetadataEntry.CatalogDdlAudited(
                        Bytes.utf8("create"),
                        new CatalogChange.Author("u1", "Anna", "CREATE TABLE t")));
        kinds.put("surrogate-alloc", new MetadataEntry.SurrogateAlloc(0, 1024));
        kinds.put("descriptor-lease-grant", new DescriptorChange.LeaseGrant(lease("t", 3, 1, 900)));
        kinds.put(
                "descriptor-lease-release",
                new DescriptorChange.LeaseRelease(
                        n(1), 0, List.of(descriptor("t"), descriptor("u"))));
        kinds.put(
                "descriptor-drain-start", new DescriptorChange.DrainStart(descriptor("t"), 3, 900));
        kinds.put("descriptor-drain-end", new DescriptorChange.DrainEnd(descriptor("t")));
    }

    private static void addMigration(Map<String, MetadataEntry> kinds) {
        kinds.put("migration-checkpoint", checkpoint(1, 0, addLearner(5)));
        kinds.put("vshard-move-prepare", new VShardMove.Prepare(v(9), g(2), g(1), 500_000));
        kinds.put("vshard-move-cancel", new VShardMove.Cancel(v(9), 77));
        kinds.put("vshard-move-cancelled", new VShardMove.Cancelled(v(9), 77));
        kinds.put(
                "migration-abort",
                new MigrationChange.Abort(
                        new UUID(9, 1),
                        "target is gone",
                        List.of(
                                new Compensation.RemoveLearner(g(1), n(4)),
                                new Compensation.RemoveVoter(g(1), n(4)),
                                new Compensation.RestoreLeaderHint(g(1), n(1)),
                                new Compensation.RemoveGhostStub(v(5)),
                                new Compensation.RestorePlacement(
                                        g(1), List.of(m(1, 4), m(3, 5), m(2, 6))))));
    }

    static DescriptorId descriptor(String name) {
        return new DescriptorId(1, "table", name);
    }

    /// A lease of a node in its first life.
    static DescriptorLease lease(String name, long version, long node, long expiresAtMicros) {
        return new DescriptorLease(descriptor(name), version, n(node), 0, expiresAtMicros);
    }

    static MigrationChange.Checkpoint checkpoint(
            long migration, int attempt, MigrationPayload payload) {
        return MigrationChange.Checkpoint.of(new UUID(9, migration), attempt, payload);
    }

    /// Group 1 moves its replica on node 3 to node 4.
    static MigrationPayload.AddLearner addLearner(int vshard) {
        return new MigrationPayload.AddLearner(
                v(vshard),
                n(3),
                n(4),
                g(1),
                MigrationPayload.AddLearner.WRITE_PAUSE_BUDGET_MICROS,
                77,
                List.of(m(1, 4), m(3, 5), m(2, 6)));
    }

    static CaCertificate ca(String name) {
        return CaCertificate.of(Bytes.utf8(name));
    }

    static JoinTokenState.Presenter presenter(int key, long node, long leaseUntilMicros) {
        return new JoinTokenState.Presenter(pin(key), n(node), leaseUntilMicros);
    }

    /// The state one entry later, at the given log time; the entry must be applied.
    static MetadataState appliedAt(MetadataState state, long stampMicros, MetadataEntry entry) {
        MetadataState.Step step = state.apply(state.index() + 1, stampMicros, entry);
        if (!(step.outcome() instanceof MetadataOutcome.Applied)) {
            throw new AssertionError(entry + " was not applied: " + step.outcome());
        }
        return step.state();
    }

    /// Why the state rejects the entry at the given log time; null when it applies it.
    static MetadataOutcome.@Nullable Code codeAt(
            MetadataState state, long stampMicros, MetadataEntry entry) {
        MetadataState.Step step = state.apply(state.index() + 1, stampMicros, entry);
        if (step.outcome() instanceof MetadataOutcome.Rejected(MetadataOutcome.Code code, _)) {
            if (!state.view().sameFacts(step.state().view())) {
                throw new AssertionError(entry + " was rejected and changed something");
            }
            return code;
        }
        return null;
    }
}
