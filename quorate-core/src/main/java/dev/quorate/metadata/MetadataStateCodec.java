package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataFormatException.Problem.MALFORMED;
import static dev.quorate.metadata.MetadataFormatException.Problem.UNKNOWN_VERSION;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/// Group 0's whole state as bytes (`'S', version u8`, then tagged fields), for snapshots and for
/// comparing replicas. See `docs/formats/metadata.md`.
final class MetadataStateCodec {
    private static final int MAGIC = 'S';
    private static final int VERSION = 1;

    private MetadataStateCodec() {}

    static Bytes encode(MetadataView view) {
        byte[] fields =
                new FieldWriter()
                        .number(1, view.index())
                        .number(2, view.stampMicros())
                        .number(3, view.version())
                        .number(4, view.catalogEntriesApplied())
                        .number(5, view.nextReplicaId())
                        .texts(6, view.settings())
                        .message(7, topology(view.topology()))
                        .message(8, routing(view.routing()))
                        .message(9, SecurityFields.trust(view.trust()))
                        .message(10, SecurityFields.identities(view.identities()))
                        .message(11, TokenFields.tokens(view.tokens()))
                        .toByteArray();
        byte[] encoded = new byte[Math.addExact(2, fields.length)];
        FieldWriter.littleEndian(encoded).put((byte) MAGIC).put((byte) VERSION).put(fields);
        return Bytes.wrap(encoded);
    }

    static MetadataView decode(Bytes encoded) {
        ByteBuffer bytes = encoded.asBuffer();
        if (bytes.remaining() < 2 || bytes.get() != MAGIC) {
            throw new MetadataFormatException(MALFORMED, "a metadata state begins with 'S'");
        }
        int version = bytes.get() & 0xff;
        if (version != VERSION) {
            throw new MetadataFormatException(
                    UNKNOWN_VERSION,
                    "state format version " + version + " is not known; this build knows 1");
        }
        try {
            FieldReader from = new FieldReader("state", bytes);
            long index = from.number(1);
            long stampMicros = from.number(2);
            int clusterVersion = from.count(3);
            long catalogEntriesApplied = from.number(4);
            long nextReplicaId = from.number(5);
            SortedMap<String, String> settings = from.texts(6);
            ClusterTopology topology = readTopology(from.message(7));
            RoutingTable routing = readRouting(from.message(8));
            CaTrust trust = SecurityFields.readTrust(from.message(9));
            Identities identities = SecurityFields.readIdentities(from.message(10));
            TokenStateMirror tokens = TokenFields.readTokens(from.message(11));
            from.requireAllKnown();
            return new MetadataView(
                    index,
                    stampMicros,
                    clusterVersion,
                    catalogEntriesApplied,
                    nextReplicaId,
                    topology,
                    routing,
                    settings,
                    trust,
                    identities,
                    tokens);
        } catch (IllegalArgumentException e) {
            throw new MetadataFormatException(MALFORMED, String.valueOf(e.getMessage()));
        }
    }

    private static FieldWriter topology(ClusterTopology topology) {
        List<byte[]> nodes = new ArrayList<>();
        for (NodeInfo node : topology.nodes()) {
            nodes.add(NodeFields.write(node).toByteArray());
        }
        long[] removed = topology.removed().stream().mapToLong(NodeId::value).toArray();
        long least = ClusterTopology.leastNextNodeId(topology.nodes(), topology.removed());
        return new FieldWriter()
                .sequence(1, nodes)
                .numbers(2, removed)
                .number(3, topology.epoch())
                .number(4, topology.nextNodeId() == least ? 0 : topology.nextNodeId());
    }

    private static ClusterTopology readTopology(ByteBuffer encoded) {
        FieldReader from = new FieldReader("topology", encoded);
        List<NodeInfo> nodes = new ArrayList<>();
        for (ByteBuffer node : from.sequence(1)) {
            nodes.add(NodeFields.read(node));
        }
        List<NodeId> removed = new ArrayList<>();
        for (long id : from.numbers(2)) {
            removed.add(new NodeId(id));
        }
        long epoch = from.number(3);
        long reserved = from.number(4);
        from.requireAllKnown();
        long least = ClusterTopology.leastNextNodeId(nodes, removed);
        if (reserved == least) {
            throw from.malformed("the next node id is said although it follows from the others");
        }
        return new ClusterTopology(nodes, removed, reserved == 0 ? least : reserved, epoch);
    }

    private static FieldWriter routing(RoutingTable routing) {
        List<byte[]> groups = new ArrayList<>();
        for (GroupInfo group : routing.groups()) {
            groups.add(
                    new FieldWriter()
                            .members(1, group.members())
                            .members(2, group.voters())
                            .members(3, group.learners())
                            .number(4, group.configIndex())
                            .number(5, group.epoch())
                            .toByteArray());
        }
        long[] owners = new long[2 * VShardId.COUNT];
        boolean owned = false;
        for (int v = 0; v < VShardId.COUNT; v++) {
            GroupId owner = routing.groupOf(new VShardId(v));
            owners[2 * v] = owner == null ? 0 : owner.value();
            owners[2 * v + 1] = routing.epochOf(new VShardId(v));
            owned |= owner != null;
        }
        return new FieldWriter().sequence(1, groups).numbers(2, owned ? owners : new long[0]);
    }

    private static RoutingTable readRouting(ByteBuffer encoded) {
        FieldReader from = new FieldReader("routing", encoded);
        RoutingTable routing = RoutingTable.EMPTY;
        for (ByteBuffer group : from.sequence(1)) {
            routing = routing.with(readGroup(new GroupId(routing.groups().size()), group));
        }
        long[] owners = from.numbers(2);
        if (owners.length != 0 && owners.length != 2 * VShardId.COUNT) {
            throw from.malformed("there are not " + VShardId.COUNT + " vShards");
        }
        boolean owned = false;
        for (int v = 0; v < owners.length / 2; v++) {
            long owner = owners[2 * v];
            long epoch = owners[2 * v + 1];
            if (owner != 0) {
                routing = routing.with(new VShardId(v), new GroupId(owner), epoch);
                owned = true;
            } else if (epoch != 0) {
                throw from.malformed("vShard " + v + " has an epoch and no owner");
            }
        }
        if (owners.length != 0 && !owned) {
            throw from.malformed("owners are listed and there is none");
        }
        from.requireAllKnown();
        return routing;
    }

    private static GroupInfo readGroup(GroupId id, ByteBuffer encoded) {
        FieldReader from = new FieldReader("group " + id, encoded.order(ByteOrder.LITTLE_ENDIAN));
        GroupInfo group =
                new GroupInfo(
                        id,
                        from.members(1),
                        from.members(2),
                        from.members(3),
                        from.number(4),
                        from.number(5));
        from.requireAllKnown();
        return group;
    }
}
