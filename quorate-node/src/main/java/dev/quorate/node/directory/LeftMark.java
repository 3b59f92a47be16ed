package dev.quorate.node.directory;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/// The node has left its cluster, or was removed from it: it must not start any more.
///
/// @param why a sentence
public record LeftMark(ClusterId cluster, NodeId self, String why) {
    private static final String MAGIC = "QRLEFTM1";

    /// Replaces the file, durably and whole.
    public void save(Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        Fields.write(cluster, out);
        out.writeLong(self.value());
        out.writeUTF(why);
        CheckedFile.write(file, MAGIC, bytes.toByteArray());
    }

    /// Reads what [#save] wrote.
    ///
    /// @throws StartRefused if the file is anything else, in a sentence that names it
    public static LeftMark load(Path file) {
        DataInputStream in = CheckedFile.read(file, MAGIC);
        try {
            LeftMark mark =
                    new LeftMark(Fields.readCluster(in), new NodeId(in.readLong()), in.readUTF());
            Fields.end(in);
            return mark;
        } catch (IOException | IllegalArgumentException bad) {
            throw new StartRefused(file + " is damaged: " + bad.getMessage(), bad);
        }
    }
}
