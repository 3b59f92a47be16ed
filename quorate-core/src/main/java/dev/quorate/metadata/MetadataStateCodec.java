package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataFormatException.Problem.MALFORMED;
import static dev.quorate.metadata.MetadataFormatException.Problem.UNKNOWN_VERSION;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
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
                        .message(8, RoutingFields.table(view.routing()))
                        .message(9, SecurityFields.trust(view.trust()))
                        .message(10, SecurityFields.identities(view.identities()))
                        .message(11, TokenFields.tokens(view.tokens()))
                        .message(12, DescriptorFields.table(view.descriptors()))
                        .number(13, view.surrogateHighWater())
                        .message(14, MigrationFields.table(view.migrations()))
                        .message(15, VShardMoveFields.table(view.vshardMoves()))
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
            RoutingTable routing = RoutingFields.readTable(from.message(8));
            CaTrust trust = SecurityFields.readTrust(from.message(9));
            Identities identities = SecurityFields.readIdentities(from.message(10));
            TokenStateMirror tokens = TokenFields.readTokens(from.message(11));
            DescriptorTable descriptors = DescriptorFields.readTable(from.message(12));
            long surrogateHighWater = from.number(13);
            MigrationStateTable migrations = MigrationFields.readTable(from.message(14));
            VShardMoves vshardMoves = VShardMoveFields.readTable(from.message(15));
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
                    tokens,
                    descriptors,
                    surrogateHighWater,
                    migrations,
                    vshardMoves);
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
}
