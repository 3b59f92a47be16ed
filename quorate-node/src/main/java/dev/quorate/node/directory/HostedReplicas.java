package dev.quorate.node.directory;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.storage.Disk.StorageFailure;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The newest replica of each group that was ever on the node, in a file apart from the journal: so
/// that a journal that has lost all of a replica, or is gone, is not taken for one in which it never
/// was (rule R7).
///
/// A replica is listed after its creation is durable and before it first speaks, and stays until
/// there is a newer one, also when it is gone: one that is listed and that the journal does not know
/// has been lost, perhaps with its end. Not thread-safe: the journal's lane owns it.
public final class HostedReplicas {
    private static final String MAGIC = "QRHOSTD1";
    private static final int REPLICA_BYTES = 16;

    private final Path file;
    private final ClusterId cluster;
    private final NodeId self;
    private final TreeMap<GroupId, ReplicaId> replicas = new TreeMap<>();
    private boolean changed;

    private HostedReplicas(Path file, ClusterId cluster, NodeId self) {
        this.file = file;
        this.cluster = cluster;
        this.self = self;
    }

    /// Reads the list, or begins an empty one.
    ///
    /// @throws StartRefused if the file is damaged or of another node
    public static HostedReplicas open(Path file, ClusterId cluster, NodeId self) {
        HostedReplicas hosted = new HostedReplicas(file, cluster, self);
        if (Files.exists(file)) {
            hosted.load();
        } else {
            hosted.changed = true;
        }
        return hosted;
    }

    private void load() {
        DataInputStream in = CheckedFile.read(file, MAGIC);
        try {
            ClusterId itsCluster = Fields.readCluster(in);
            NodeId itsNode = new NodeId(in.readLong());
            if (!itsCluster.equals(cluster) || !itsNode.equals(self)) {
                throw new StartRefused(
                        "%s belongs to %s of cluster %s, not to %s of cluster %s"
                                .formatted(file, itsNode, itsCluster, self, cluster));
            }
            int count = in.readInt();
            if (count < 0 || count > in.available() / REPLICA_BYTES) {
                throw new IOException(count + " replicas do not fit");
            }
            for (int i = 0; i < count; i++) {
                replicas.put(new GroupId(in.readLong()), new ReplicaId(in.readLong()));
            }
            Fields.end(in);
        } catch (IOException | IllegalArgumentException bad) {
            throw new StartRefused(file + " is damaged: " + bad.getMessage(), bad);
        }
    }

    /// The replica of each group, as of the last [#save].
    public SortedMap<GroupId, ReplicaId> known() {
        return Collections.unmodifiableSortedMap(replicas);
    }

    /// A replica was created; durable in the journal before [#save].
    public void created(ReplicaRecord replica) {
        changed |= !replica.self().equals(replicas.put(replica.group(), replica.self()));
    }

    /// The journal holds these.
    void settle(List<StoredReplica> found) {
        found.forEach(stored -> created(stored.replica()));
    }

    /// Makes the list durable, if it has changed.
    ///
    /// @throws DiskFull if there is no room; try again later
    /// @throws StorageFailure if it cannot be written
    public void save() {
        if (!changed) {
            return;
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            Fields.write(cluster, out);
            out.writeLong(self.value());
            out.writeInt(replicas.size());
            for (var replica : replicas.entrySet()) {
                out.writeLong(replica.getKey().value());
                out.writeLong(replica.getValue().value());
            }
            CheckedFile.write(file, MAGIC, bytes.toByteArray());
            changed = false;
        } catch (IOException failure) {
            if (String.valueOf(failure.getMessage()).contains("No space left")) {
                throw new DiskFull("no room for " + file + ": " + failure);
            }
            throw new StorageFailure("cannot write " + file + ": " + failure, failure);
        }
    }
}
