package dev.quorate.node.directory;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/// A join that is under way: there from before the first question to the cluster until the node has
/// its first data. Without a catalog beside it, the node has no identity yet and may not start;
/// with one, it has nothing to lose yet and may start without a journal.
///
/// @param tokenHash of the join token; another token needs another key
public record JoinMark(ClusterId cluster, Bytes tokenHash) {
    private static final String MAGIC = "QRJOING1";

    /// Replaces the file, durably and whole.
    public void save(Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        Fields.write(cluster, out);
        Fields.write(tokenHash, out);
        CheckedFile.write(file, MAGIC, bytes.toByteArray());
    }

    /// Reads what [#save] wrote.
    ///
    /// @throws StartRefused if the file is anything else, in a sentence that names it
    public static JoinMark load(Path file) {
        DataInputStream in = CheckedFile.read(file, MAGIC);
        try {
            JoinMark mark = new JoinMark(Fields.readCluster(in), Fields.read(in));
            Fields.end(in);
            return mark;
        } catch (IOException | IllegalArgumentException bad) {
            throw new StartRefused(file + " is damaged: " + bad.getMessage(), bad);
        }
    }
}
