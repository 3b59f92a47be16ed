package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.SortedMap;

/// The fields of a node's record, in entries and in snapshots. Tags are never changed or used
/// again.
final class NodeFields {
    private NodeFields() {}

    static FieldWriter write(NodeInfo node) {
        return new FieldWriter()
                .number(1, node.id().value())
                .number(2, node.state().code())
                .bytes(3, node.spkiPin())
                .text(4, node.linksAddress())
                .text(5, node.clientAddress())
                .texts(6, node.addresses())
                .texts(7, node.labels())
                .number(8, node.wire().min())
                .number(9, node.wire().max())
                .number(10, node.incarnation())
                .unknown(node.unknown());
    }

    /// @throws IllegalArgumentException if a value is none that a node's record may have
    static NodeInfo read(ByteBuffer encoded) {
        FieldReader from = new FieldReader("node record", encoded);
        NodeId id = new NodeId(from.number(1));
        long code = from.number(2);
        NodeState state = NodeState.ofCode(code);
        if (state == null) {
            throw from.malformed("there is no node state " + code);
        }
        Bytes pin = from.bytes(3);
        String linksAddress = from.text(4);
        String clientAddress = from.text(5);
        SortedMap<String, String> addresses = from.texts(6);
        SortedMap<String, String> labels = from.texts(7);
        WireRange wire = new WireRange(from.count(8), from.count(9));
        long incarnation = from.number(10);
        return new NodeInfo(
                id,
                state,
                pin,
                linksAddress,
                clientAddress,
                addresses,
                labels,
                wire,
                incarnation,
                from.unknown());
    }
}
