package dev.quorate.kv.state;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotReader;
import dev.quorate.kv.engine.EngineFailure;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A whole group in one file, for an engine that forgets: what it holds is what a restart finds
/// (rule R3: the memory engine's durable applied is its last forced checkpoint).
final class StateFile {
    private static final String PREFIX = "group-";
    private static final String SUFFIX = ".state";
    private static final long SAVE_BYTES_MIN = 1 << 20;

    private final Path file;
    private long savedBytes;
    private long writtenAtSave;

    StateFile(Path directory, GroupId group) {
        file = directory.resolve(PREFIX + group.value() + SUFFIX);
    }

    /// Whether so much was written that saving everything again is worth it: as much as is in the
    /// file, so that nothing is written more than about twice.
    ///
    /// @param writtenBytes since the machine was opened
    boolean isDue(long writtenBytes) {
        return writtenBytes - writtenAtSave >= Math.max(SAVE_BYTES_MIN, savedBytes);
    }

    /// Replaces the file, durably, all or nothing.
    ///
    /// @param writtenBytes as for [#isDue]
    void save(Checkpoint checkpoint, long writtenBytes) {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            Files.createDirectories(directory());
            try (FileChannel out =
                    FileChannel.open(
                            next,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                checkpoint.writeTo((bytes, offset, length) -> write(out, bytes, offset, length));
                out.force(true);
                savedBytes = out.size();
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory();
        } catch (IOException | UncheckedIOException e) {
            throw new EngineFailure("cannot save " + file + ": " + e.getMessage(), e);
        }
        writtenAtSave = writtenBytes;
    }

    private static void write(FileChannel out, byte[] bytes, int offset, int length) {
        ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
        try {
            while (left.hasRemaining()) {
                out.write(left);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Gives the content to `reader`, if there is any.
    void load(Consumer<SnapshotReader> reader) {
        if (!Files.exists(file)) {
            return;
        }
        try (InputStream in = Files.newInputStream(file)) {
            reader.accept((bytes, offset, length) -> read(in, bytes, offset, length));
            savedBytes = Files.size(file);
        } catch (IOException | UncheckedIOException | IllegalStateException e) {
            throw new EngineFailure("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static int read(InputStream in, byte[] bytes, int offset, int length) {
        try {
            return in.read(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Removes the file durably.
    void delete() {
        try {
            if (Files.deleteIfExists(file)) {
                forceDirectory();
            }
        } catch (IOException e) {
            throw new EngineFailure("cannot delete " + file + ": " + e.getMessage(), e);
        }
    }

    /// The groups that have a file in a directory.
    static List<GroupId> groups(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<GroupId> groups = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) {
                    String number =
                            name.substring(PREFIX.length(), name.length() - SUFFIX.length());
                    groups.add(new GroupId(Long.parseLong(number)));
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new EngineFailure("cannot list " + directory + ": " + e.getMessage(), e);
        }
        return groups;
    }

    private Path directory() {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalStateException(file + " is in no directory");
        }
        return parent;
    }

    private void forceDirectory() throws IOException {
        try (FileChannel directory = FileChannel.open(directory(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
