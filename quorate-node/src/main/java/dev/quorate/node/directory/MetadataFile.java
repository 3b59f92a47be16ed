package dev.quorate.node.directory;

import dev.quorate.core.KeptMetadata;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The file in which a node keeps group 0's state: replica (8 bytes), term (8), index (8), log time
/// (8), length (4), state; within a [CheckedFile]. Replaced whole.
public final class MetadataFile {
    /// Longest state, in bytes.
    public static final int STATE_BYTES_MAX = 15 << 20;

    private static final String MAGIC = "QRMETA01";

    private final Path file;

    /// A file that need not exist yet.
    public MetadataFile(Path file) {
        this.file = file;
    }

    /// Replaces what is kept, durably.
    ///
    /// @throws IOException if that fails, or the state is longer than [#STATE_BYTES_MAX]
    public void save(KeptMetadata kept) throws IOException {
        if (kept.state().length() > STATE_BYTES_MAX) {
            throw new IOException(
                    "a state of " + kept.state().length() + " bytes; at most " + STATE_BYTES_MAX);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(kept.replica().value());
        out.writeLong(kept.position().term());
        out.writeLong(kept.position().index());
        out.writeLong(kept.stampMicros());
        Fields.write(kept.state(), out);
        CheckedFile.write(file, MAGIC, bytes.toByteArray());
    }

    /// What is kept; null for nothing.
    ///
    /// @throws StartRefused if the file is anything else, in a sentence that names it
    public @Nullable KeptMetadata load() {
        if (!Files.exists(file)) {
            return null;
        }
        DataInputStream in = CheckedFile.read(file, MAGIC);
        try {
            ReplicaId replica = new ReplicaId(in.readLong());
            LogPosition position = new LogPosition(in.readLong(), in.readLong());
            long stampMicros = in.readLong();
            Bytes state = Fields.read(in);
            Fields.end(in);
            return new KeptMetadata(replica, position, stampMicros, state);
        } catch (IOException | IllegalArgumentException bad) {
            throw new StartRefused(file + " is damaged: " + bad.getMessage(), bad);
        }
    }

    /// Removes what is kept.
    public void delete() throws IOException {
        CheckedFile.delete(file);
    }
}
