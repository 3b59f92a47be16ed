package dev.quorate.node.directory;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Who a node is, durably. Its being there is the founded mark (rule R22): a node that has one
/// restarts and never founds again.
///
/// @param bootEpoch raised, durably, at every start; peers refuse one that went back
/// @param peers the cluster's nodes as last known, this one among them
/// @param founding what the leader of group 0 proposes while the cluster is not founded; empty once
///   this node has seen it founded
public record ClusterCatalog(
        ClusterId cluster, NodeId self, long bootEpoch, List<KnownPeer> peers, Bytes founding) {
    private static final String MAGIC = "QRCATLG1";

    public ClusterCatalog {
        peers = List.copyOf(peers);
        if (bootEpoch < 1) {
            throw new IllegalArgumentException("boot epoch must be positive: " + bootEpoch);
        }
    }

    /// The same for the next start.
    public ClusterCatalog nextBoot() {
        return new ClusterCatalog(cluster, self, bootEpoch + 1, peers, founding);
    }

    /// The same with other peers, in a cluster that is founded.
    public ClusterCatalog founded(List<KnownPeer> now) {
        return new ClusterCatalog(cluster, self, bootEpoch, now, Bytes.EMPTY);
    }

    /// Replaces the file, durably and whole.
    public void save(Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        Fields.write(cluster, out);
        out.writeLong(self.value());
        out.writeLong(bootEpoch);
        KnownPeer.write(peers, out);
        Fields.write(founding, out);
        CheckedFile.write(file, MAGIC, bytes.toByteArray());
    }

    /// Reads what [#save] wrote.
    ///
    /// @throws StartRefused if the file is anything else, in a sentence that names it
    public static ClusterCatalog load(Path file) {
        DataInputStream in = CheckedFile.read(file, MAGIC);
        try {
            ClusterCatalog catalog =
                    new ClusterCatalog(
                            Fields.readCluster(in),
                            new NodeId(in.readLong()),
                            in.readLong(),
                            KnownPeer.read(in),
                            Fields.read(in));
            Fields.end(in);
            return catalog;
        } catch (IOException | IllegalArgumentException bad) {
            throw new StartRefused(file + " is damaged: " + bad.getMessage(), bad);
        }
    }
}
