package dev.quorate.node.directory;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A node of the cluster as last heard of: enough to find the others again before group 0 runs.
///
/// @param spkiPin SHA-256 of its key; empty when it has none
/// @param linksAddress `host:port`; empty when it has none
public record KnownPeer(NodeId id, Bytes spkiPin, String linksAddress) {
    private static final int PEERS_MAX = 4096;

    static void write(List<KnownPeer> peers, DataOutputStream out) throws IOException {
        out.writeInt(peers.size());
        for (KnownPeer peer : peers) {
            out.writeLong(peer.id.value());
            Fields.write(peer.spkiPin, out);
            out.writeUTF(peer.linksAddress);
        }
    }

    static List<KnownPeer> read(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > PEERS_MAX) {
            throw new IOException(count + " peers");
        }
        List<KnownPeer> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(new KnownPeer(new NodeId(in.readLong()), Fields.read(in), in.readUTF()));
        }
        return peers;
    }
}
