package dev.quorate.sim;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.metadata.Founding;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// What an operator put on every founder's disk once, before the first start (rule R22).
///
/// @param batch what founds the cluster
/// @param metadataMembers who holds group 0
/// @param founders how many there are, numbered from 1
record Ticket(ClusterId cluster, MetadataEntry batch, List<Member> metadataMembers, int founders) {
    /// The ticket that all founders of a simulated cluster share.
    static Ticket of(SimConfig config, ClusterId cluster) {
        List<NodeInfo> nodes =
                LongStream.rangeClosed(1, config.nodes())
                        .mapToObj(id -> record(new NodeId(id)))
                        .toList();
        return new Ticket(
                cluster,
                Founding.batch(cluster, nodes, config.groups(), config.replicas()),
                Founding.metadataMembers(nodes, config.replicas()),
                config.nodes());
    }

    /// A node as it comes to the cluster, with a key of its own.
    static NodeInfo record(NodeId node) {
        ByteBuffer key = ByteBuffer.allocate(NodeInfo.PIN_LENGTH).putLong(node.value());
        return NodeInfo.joining(node, "", "").withPin(Bytes.wrap(key.array()));
    }

    /// Whether the node founds the cluster; others join it.
    boolean isFounder(NodeId node) {
        return node.value() <= founders;
    }

    /// Group 0's replica on a founder; none where group 0 has no member.
    Optional<ReplicaRecord> metadataReplica(NodeId node) {
        return metadataMembers.stream()
                .filter(member -> member.node().equals(node))
                .findFirst()
                .map(self -> new ReplicaRecord(GroupId.METADATA, self.replica(), metadataMembers));
    }
}
