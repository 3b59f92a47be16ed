package dev.quorate.enrolment;

import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.UnknownFields;
import dev.quorate.metadata.WireRange;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.SortedMap;

/// What somebody shows who presents a join token.
///
/// @param tokenHash SHA-256 of the secret that was shown
/// @param spkiSha256 the key that was proved to be held
/// @param links `host:port` for peers
/// @param client `host:port` for clients; may be empty
/// @param addresses further addresses by purpose
/// @param labels what placement may look at
/// @param wire the cluster versions that its build can speak
public record Claim(
        Bytes tokenHash,
        Bytes spkiSha256,
        String links,
        String client,
        SortedMap<String, String> addresses,
        SortedMap<String, String> labels,
        WireRange wire) {
    /// The record of the node that it becomes.
    NodeInfo node(NodeId id) {
        return new NodeInfo(
                id,
                NodeState.JOINING,
                spkiSha256,
                links,
                client,
                addresses,
                labels,
                wire,
                0,
                UnknownFields.NONE);
    }
}
