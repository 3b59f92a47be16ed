package dev.quorate.node.directory;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The right to found one cluster, once, as one of its founders (rule R22). The first start turns
/// it into the [ClusterCatalog].
///
/// @param spkiPin SHA-256 of the key that may use the ticket; empty for a cluster without links
/// @param metadataMembers the replicas of group 0
/// @param peers all founders
/// @param founding what the leader of group 0 proposes, encoded
public record FoundingTicket(
        ClusterId cluster,
        NodeId self,
        Bytes spkiPin,
        List<Member> metadataMembers,
        List<KnownPeer> peers,
        Bytes founding) {
    private static final String MAGIC = "QRTICKT1";
    private static final int MEMBERS_MAX = 64;

    public FoundingTicket {
        metadataMembers = List.copyOf(metadataMembers);
        peers = List.copyOf(peers);
    }

    /// Replaces the file, durably and whole.
    public void save(Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        Fields.write(cluster, out);
        out.writeLong(self.value());
        Fields.write(spkiPin, out);
        out.writeInt(metadataMembers.size());
        for (Member member : metadataMembers) {
            out.writeLong(member.node().value());
            out.writeLong(member.replica().value());
        }
        KnownPeer.write(peers, out);
        Fields.write(founding, out);
        CheckedFile.write(file, MAGIC, bytes.toByteArray());
    }

    /// Reads what [#save] wrote.
    ///
    /// @throws StartRefused if the file is anything else, in a sentence that names it
    public static FoundingTicket load(Path file) {
        DataInputStream in = CheckedFile.read(file, MAGIC);
        try {
            FoundingTicket ticket =
                    new FoundingTicket(
                            Fields.readCluster(in),
                            new NodeId(in.readLong()),
                            Fields.read(in),
                            members(in),
                            KnownPeer.read(in),
                            Fields.read(in));
            Fields.end(in);
            return ticket;
        } catch (IOException | IllegalArgumentException bad) {
            throw new StartRefused(file + " is damaged: " + bad.getMessage(), bad);
        }
    }

    private static List<Member> members(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 1 || count > MEMBERS_MAX) {
            throw new IOException(count + " members of group 0");
        }
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new Member(new NodeId(in.readLong()), new ReplicaId(in.readLong())));
        }
        return members;
    }
}
