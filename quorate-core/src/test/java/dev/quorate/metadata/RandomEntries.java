package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.descriptor;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.pin;
import static dev.quorate.metadata.Samples.v;

import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/// Plausible and implausible entries of every kind. Values come from small ranges and often look at
/// the state, so that enough of them is accepted.
final class RandomEntries {
    private static final List<String> TABLES = List.of("t", "u");

    private final Random random;

    RandomEntries(Random random) {
        this.random = random;
    }

    MetadataEntry next(MetadataView view) {
        return next(view, 0);
    }

    private MetadataEntry next(MetadataView view, int depth) {
        EntryKind kind = pick(List.of(EntryKind.values()));
        return switch (kind) {
            case BATCH -> depth < 3 ? batch(view, depth) : Samples.ddl("deep");
            case CATALOG_DDL -> Samples.ddl("x");
            case CATALOG_DDL_AUDITED ->
                    new MetadataEntry.CatalogDdlAudited(
                            Bytes.utf8("y"), new CatalogChange.Author("u", "U", "DROP"));
            case CLUSTER_VERSION_BUMP ->
                    new MetadataEntry.ClusterVersionBump(view.version(), view.version() + 1);
            case SET_PLACEMENT -> placement(view);
            case SET_CLUSTER_SETTING ->
                    new MetadataEntry.SetClusterSetting("k" + number(3), "v" + number(9));
            case PIN_NODE_IDENTITY -> new MetadataEntry.PinNodeIdentity(anyNode(), key());
            case REVOKE_IDENTITY ->
                    random.nextInt(4) > 0
                            ? MetadataEntry.RevokeIdentity.ofKey(pin(90 + number(20)), "leaked")
                            : MetadataEntry.RevokeIdentity.ofNode(anyNode(), "stolen");
            case DENY_NODE -> {
                NodeId denied = anyNode();
                List<NodeId> silent = random.nextInt(3) == 0 ? List.of(anyNode()) : List.of();
                var cares = List.of(MetadataEntry.DenyNode.Care.values());
                yield random.nextInt(3) == 0
                        ? new MetadataEntry.DenyNode(denied, "burnt", silent, pick(cares))
                        : Samples.ddl("careful");
            }
            case SURROGATE_ALLOC -> {
                long from = view.surrogateHighWater() - random.nextInt(2);
                yield new MetadataEntry.SurrogateAlloc(Math.max(0, from), from + number(9) + 1);
            }
            default -> other(kind, view);
        };
    }

    private MetadataEntry other(EntryKind kind, MetadataView view) {
        return switch (kind.name().substring(0, 4)) {
            case "CA_E", "CA_S", "CA_N", "CA_F", "CA_A" -> trust(kind, view);
            case "NODE" -> nodeKey(kind, view);
            case "TOKE" -> token(kind, view);
            case "DESC" -> descriptorChange(kind, view);
            case "MIGR" -> migration(kind, view);
            case "VSHA" -> vshardMove(kind, view);
            case "REAS", "LEAD", "REMO", "REPO" -> routing(kind, view);
            default -> topology(kind, view);
        };
    }

    private MetadataEntry batch(MetadataView view, int depth) {
        List<MetadataEntry> children = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            children.add(next(view, depth + 1));
        }
        return new MetadataEntry.Batch(children);
    }

    private MetadataEntry placement(MetadataView view) {
        int groups = view.routing().groups().size();
        long next = view.nextReplicaId() + random.nextInt(8) / 7;
        long id = number(6);
        int at = random.nextInt(groups + 1);
        List<Member> members = new ArrayList<>();
        if (at < groups && random.nextBoolean()) {
            members.addAll(view.routing().groups().get(at).members().subList(0, 1));
            id = members.getFirst().node().value();
        } else {
            members.add(m(id, next++));
        }
        members.add(m(1 + id % 6, next));
        if (at == 0 && number(2) == 1) {
            // a member of group 0, and one that only listens
            return new MetadataEntry.SetPlacement(
                    g(0), members.subList(0, 1), members.subList(1, 2));
        }
        return new MetadataEntry.SetPlacement(g(at), members);
    }

    private MetadataEntry topology(EntryKind kind, MetadataView view) {
        NodeId node = anyNode();
        return switch (kind) {
            case JOIN -> new TopologyChange.Join(node(number(7)).withWire(wire()));
            case REJOIN ->
                    new TopologyChange.Rejoin(
                            node(node.value()).withWire(wire()).withIncarnation(number(9)));
            case START_LEARNING ->
                    new TopologyChange.StartLearning(nodeIn(view, NodeState.JOINING));
            case PROMOTE_TO_VOTER ->
                    new TopologyChange.PromoteToVoter(nodeIn(view, NodeState.LEARNER));
            case START_DECOMMISSION ->
                    new TopologyChange.StartDecommission(nodeIn(view, NodeState.ACTIVE));
            case CANCEL_DECOMMISSION ->
                    new TopologyChange.CancelDecommission(nodeIn(view, NodeState.DRAINING));
            case FINISH_DECOMMISSION ->
                    new TopologyChange.FinishDecommission(nodeIn(view, NodeState.DRAINING));
            case LEAVE -> new TopologyChange.Leave(nodeIn(view, NodeState.DECOMMISSIONED));
            case CHANGE_ADDRESSES ->
                    new TopologyChange.ChangeAddresses(
                            node, incarnation(view, node), "h:" + number(9), "", new TreeMap<>());
            default ->
                    new TopologyChange.ChangeLabels(
                            node, new TreeMap<>(Map.of("zone", "z" + number(3))));
        };
    }

    private MetadataEntry routing(EntryKind kind, MetadataView view) {
        int groups = Math.max(1, view.routing().groups().size());
        int group = random.nextInt(groups);
        return switch (kind) {
            case REASSIGN_VSHARD ->
                    new RoutingChange.ReassignVShard(
                            v(random.nextInt(8)), g(group), anyNode(), random.nextInt(200));
            case LEADERSHIP_TRANSFER ->
                    new RoutingChange.LeadershipTransfer(g(group), anyNode(), number(5));
            case REMOVE_MEMBER ->
                    new RoutingChange.RemoveMember(g(group), anyNode(), random.nextInt(9));
            case REPORT_CONFIGURATION -> report(view, group);
            default -> {
                GroupInfo info = view.routing().group(g(group));
                yield new RoutingChange.ReportQuarantine(
                        g(group), info == null ? m(1, 1) : pick(info.members()));
            }
        };
    }

    private MetadataEntry report(MetadataView view, int group) {
        GroupInfo info = view.routing().group(g(group));
        long index = (info == null ? 0 : info.configIndex()) + random.nextInt(3);
        List<Member> voters = info == null ? List.of(m(1, 1)) : info.members();
        List<Member> outgoing = info == null || random.nextBoolean() ? List.of() : info.voters();
        return new RoutingChange.ReportConfiguration(
                g(group), Math.max(1, index), voters, outgoing, List.of());
    }

    private MetadataEntry trust(EntryKind kind, MetadataView view) {
        CaCertificate staged = view.trust().staged();
        CaCertificate named = staged == null || random.nextInt(8) == 0 ? ca() : staged;
        return switch (kind) {
            case CA_ESTABLISH -> new CaTrustChange.Establish(ca());
            case CA_STAGE -> new CaTrustChange.Stage(ca());
            case CA_NODE_REISSUED -> new CaTrustChange.NodeReissued(anyNode(), named.sha256());
            case CA_FINALIZE -> new CaTrustChange.Finalize(named.sha256());
            default -> new CaTrustChange.Abandon(named.sha256());
        };
    }

    private MetadataEntry nodeKey(EntryKind kind, MetadataView view) {
        NodeId id = anyNode();
        NodeInfo node = view.topology().node(id);
        Bytes current = node == null || node.spkiPin().isEmpty() ? pin(1) : node.spkiPin();
        Bytes staged = view.identities().stagedKey(id);
        Bytes next = staged.isEmpty() ? pin(40 + number(40)) : staged;
        if (next.equals(current)) {
            next = pin(0);
        }
        return switch (kind) {
            case NODE_KEY_STAGE -> new NodeKeyChange.Stage(id, current, next);
            case NODE_KEY_CONFIRM -> new NodeKeyChange.Confirm(id, next);
            default -> new NodeKeyChange.Abandon(id, next);
        };
    }

    private MetadataEntry token(EntryKind kind, MetadataView view) {
        Bytes hash = pin(120 + number(3));
        long now = view.stampMicros();
        if (random.nextBoolean()) {
            for (JoinTokenState other : view.tokens().tokens()) {
                hash =
                        other.lifecycle() == JoinTokenState.Lifecycle.IN_FLIGHT
                                ? other.hash()
                                : hash;
            }
        }
        JoinTokenState token = view.tokens().token(hash);
        JoinTokenState.Presenter bound = token == null ? null : token.presenter();
        Bytes key = bound == null || random.nextInt(4) == 0 ? key() : bound.spkiSha256();
        NodeId node = n(view.topology().nextNodeId());
        if (bound != null && bound.spkiSha256().equals(key)) {
            node = bound.node();
        }
        return switch (kind) {
            case TOKEN_REGISTER -> new JoinTokenTransition.Register(hash, now + number(60_000));
            case TOKEN_BEGIN_IN_FLIGHT ->
                    new JoinTokenTransition.BeginInFlight(
                            hash, new JoinTokenState.Presenter(key, node, now + number(9) * 1000L));
            case TOKEN_MARK_CONSUMED -> new JoinTokenTransition.MarkConsumed(hash, key, node);
            case TOKEN_REVERT_IN_FLIGHT -> new JoinTokenTransition.RevertInFlight(hash, key);
            case TOKEN_MARK_EXPIRED -> new JoinTokenTransition.MarkExpired(hash);
            default -> new JoinTokenTransition.MarkAborted(hash);
        };
    }

    private MetadataEntry descriptorChange(EntryKind kind, MetadataView view) {
        DescriptorId id = descriptor(pick(TABLES));
        NodeId node = anyNode();
        long until = view.stampMicros() + number(9) * 1000L;
        long incarnation = incarnation(view, node);
        return switch (kind) {
            case DESCRIPTOR_LEASE_GRANT ->
                    new DescriptorChange.LeaseGrant(
                            new DescriptorLease(id, number(5), node, incarnation, until));
            case DESCRIPTOR_LEASE_RELEASE ->
                    new DescriptorChange.LeaseRelease(node, incarnation, List.of(id));
            case DESCRIPTOR_DRAIN_START -> new DescriptorChange.DrainStart(id, number(5), until);
            default -> new DescriptorChange.DrainEnd(id);
        };
    }

    private MetadataEntry migration(EntryKind kind, MetadataView view) {
        List<MigrationStateTable.Row> rows = view.migrations().rows();
        MigrationStateTable.Row row = rows.isEmpty() ? null : pick(rows);
        if (kind == EntryKind.MIGRATION_ABORT) {
            UUID id = row == null ? new UUID(1, 1) : row.id();
            List<Compensation> steps = row == null ? List.of() : Compensation.of(row);
            return new MigrationChange.Abort(id, "x", steps);
        }
        if (row == null || random.nextInt(4) == 0) {
            MigrationPayload.AddLearner origin =
                    new MigrationPayload.AddLearner(
                            v(number(3)), anyNode(), anyNode(), g(1), 1, 1, List.of());
            return MigrationChange.Checkpoint.of(new UUID(1, number(400)), 0, origin);
        }
        MigrationPayload payload = after(row);
        MigrationChange.Checkpoint good =
                MigrationChange.Checkpoint.of(row.id(), row.attempt(), payload);
        return random.nextInt(5) > 0
                ? good
                : new MigrationChange.Checkpoint(
                        good.id(),
                        good.attempt(),
                        good.phase(),
                        good.payload(),
                        good.crc32c() ^ 1,
                        UnknownFields.NONE);
    }

    private MetadataEntry vshardMove(EntryKind kind, MetadataView view) {
        List<VShardMoves.Row> rows = view.vshardMoves().rows();
        if (rows.isEmpty() || kind == EntryKind.VSHARD_MOVE_PREPARE) {
            int vshard = random.nextInt(8);
            return new VShardMove.Prepare(v(vshard), g(1 + vshard % 2), g(number(3)), number(9));
        }
        VShardMoves.Row row = pick(rows);
        long epoch = row.epoch() - random.nextInt(4) / 3;
        return kind == EntryKind.VSHARD_MOVE_CANCEL
                ? new VShardMove.Cancel(row.vshard(), epoch)
                : new VShardMove.Cancelled(row.vshard(), epoch);
    }

    private static MigrationPayload after(MigrationStateTable.Row row) {
        MigrationPayload.AddLearner origin = row.origin();
        return switch (row.phase()) {
            case ADD_LEARNER -> new MigrationPayload.CatchUp(row.vshard(), 7);
            case CATCH_UP ->
                    new MigrationPayload.PromoteLearner(
                            row.vshard(), origin.target(), origin.group());
            case PROMOTE_LEARNER ->
                    new MigrationPayload.LeadershipTransfer(
                            row.vshard(), true, origin.target(), origin.group());
            case LEADERSHIP_TRANSFER ->
                    new MigrationPayload.Cutover(row.vshard(), origin.target(), origin.group());
            case CUTOVER, COMPLETE -> new MigrationPayload.Complete(row.vshard(), 9, false);
        };
    }

    private static long incarnation(MetadataView view, NodeId id) {
        NodeInfo node = view.topology().node(id);
        return node == null ? 0 : node.incarnation();
    }

    private WireRange wire() {
        return new WireRange(0, 3 + random.nextInt(3));
    }

    private CaCertificate ca() {
        return Samples.ca("ca" + number(30));
    }

    private Bytes key() {
        return pin(number(100));
    }

    /// The last node in that state, which most likely has no replicas; or any.
    private NodeId nodeIn(MetadataView view, NodeState state) {
        if (random.nextBoolean()) {
            for (NodeInfo node : view.topology().nodes().reversed()) {
                if (node.state() == state) {
                    return node.id();
                }
            }
        }
        return anyNode();
    }

    private NodeId anyNode() {
        return n(number(7));
    }

    private int number(int max) {
        return 1 + random.nextInt(max);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
