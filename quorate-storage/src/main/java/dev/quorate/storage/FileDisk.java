package dev.quorate.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A directory of the file system as a [Disk].
///
/// Opened for writing it holds a lock, so that no two processes write to one directory. After a
/// failed write or force every later call fails too.
///
/// Blocking. Several threads may use it at once, each on files of its own.
public final class FileDisk implements Disk, AutoCloseable {
    /// As much as the file system has room for.
    public static final long NO_QUOTA = Long.MAX_VALUE;

    private static final String LOCK = "lock";
    private static final int ZERO_BYTES = 1 << 20;

    private final Path directory;
    private final @Nullable FileChannel lock;
    private final long quotaBytes;
    private final Map<String, FileChannel> open = new ConcurrentHashMap<>();
    private volatile @Nullable String failure;

    private FileDisk(Path directory, @Nullable FileChannel lock, long quotaBytes) {
        this.directory = directory;
        this.lock = lock;
        this.quotaBytes = quotaBytes;
    }

    /// Opens a directory for reading and writing, creating it if need be, and locks it.
    ///
    /// @throws StorageFailure if another process holds it, or it cannot be opened
    public static FileDisk open(Path directory) {
        return open(directory, NO_QUOTA);
    }

    /// Opens a directory whose files may take so much together; beyond it the disk counts as full,
    /// whatever else there is room for on it.
    ///
    /// @throws StorageFailure if another process holds it, or it cannot be opened
    public static FileDisk open(Path directory, long quotaBytes) {
        try {
            Files.createDirectories(directory);
            FileChannel lock =
                    FileChannel.open(
                            directory.resolve(LOCK),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            if (!isLocked(lock)) {
                lock.close();
                throw new StorageFailure(
                        directory + " is in use by another process; stop that one first");
            }
            return new FileDisk(directory, lock, quotaBytes);
        } catch (IOException e) {
            throw new StorageFailure("cannot open the directory " + directory + ": " + e, e);
        }
    }

    /// Opens a directory for inspection: no lock is taken, and nothing can be changed.
    ///
    /// @throws StorageFailure if there is no such directory
    public static FileDisk readOnly(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new StorageFailure("there is no directory " + directory);
        }
        FileDisk disk = new FileDisk(directory, null, NO_QUOTA);
        disk.failure = directory + " was opened for inspection only";
        return disk;
    }

    @Override
    public List<String> list() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(LOCK))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new StorageFailure("cannot list " + directory + ": " + e, e);
        }
    }

    @Override
    public long size(String file) {
        try {
            return Files.size(directory.resolve(file));
        } catch (NoSuchFileException e) {
            return -1;
        } catch (IOException e) {
            throw failed("read the size of", file, e);
        }
    }

    @Override
    public int read(String file, long offset, ByteBuffer target) {
        try {
            FileChannel channel = channel(file);
            int total = 0;
            while (target.hasRemaining()) {
                int read = channel.read(target, offset + total);
                if (read < 0) {
                    break;
                }
                total += read;
            }
            return total;
        } catch (IOException e) {
            throw new StorageFailure("cannot read " + directory.resolve(file) + ": " + e, e);
        }
    }

    @Override
    public void preallocate(String file, long bytes) {
        requireUsable();
        Path path = directory.resolve(file);
        requireRoom(file, bytes);
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            // zeros are really written: a force then has no blocks to allocate
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZERO_BYTES));
            for (long at = 0; at < bytes; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
                at += channel.write(zeros, at);
            }
            channel.force(true);
        } catch (IOException e) {
            remove(path, e);
            if (isFull(e)) {
                throw new DiskFull("no room for %s of %d bytes: %s".formatted(path, bytes, e));
            }
            throw failed("preallocate", file, e);
        }
    }

    @Override
    public void write(String file, long offset, ByteBuffer content) {
        requireUsable();
        try {
            FileChannel channel = channel(file);
            long at = offset;
            while (content.hasRemaining()) {
                at += channel.write(content, at);
            }
        } catch (IOException e) {
            throw failed("write to", file, e);
        }
    }

    @Override
    public void extend(String file, long offset, ByteBuffer content) {
        requireUsable();
        if (quotaBytes != NO_QUOTA) {
            requireRoom(file, offset + content.remaining());
        }
        try {
            FileChannel channel = channel(file, StandardOpenOption.CREATE);
            long at = offset;
            while (content.hasRemaining()) {
                at += channel.write(content, at);
            }
        } catch (IOException e) {
            if (isFull(e)) {
                throw new DiskFull("no room for more of " + directory.resolve(file) + ": " + e);
            }
            throw failed("extend", file, e);
        }
    }

    @Override
    public void force(String file) {
        requireUsable();
        try {
            channel(file).force(false);
        } catch (IOException e) {
            throw failed("force", file, e);
        }
    }

    @Override
    public void rename(String from, String to) {
        requireUsable();
        try {
            forget(from);
            forget(to);
            Files.move(
                    directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed("rename to " + to, from, e);
        }
    }

    @Override
    public void delete(String file) {
        requireUsable();
        try {
            forget(file);
            Files.deleteIfExists(directory.resolve(file));
        } catch (IOException e) {
            throw failed("delete", file, e);
        }
    }

    @Override
    public void forceNames() {
        requireUsable();
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException e) {
            throw failed("force the names in", ".", e);
        }
    }

    /// Closes the files and lets go of the directory.
    @Override
    public void close() {
        if (failure == null) {
            failure = directory + " was closed";
        }
        try {
            for (FileChannel channel : open.values()) {
                channel.close();
            }
            open.clear();
            if (lock != null) {
                lock.close();
            }
        } catch (IOException e) {
            throw new StorageFailure("cannot close the files in " + directory + ": " + e, e);
        }
    }

    /// Refuses a file of so many bytes if there is no room for it.
    private void requireRoom(String file, long bytes) {
        long freeBytes;
        try {
            freeBytes = Files.getFileStore(directory).getUsableSpace();
            if (quotaBytes != NO_QUOTA) {
                freeBytes = Math.min(freeBytes, quotaBytes - usedBesides(file));
            }
        } catch (IOException e) {
            throw failed("ask for the free space for", file, e);
        }
        if (freeBytes < bytes) {
            throw new DiskFull(
                    "no room for %s: it needs %d bytes, %d are free"
                            .formatted(directory.resolve(file), bytes, Math.max(0, freeBytes)));
        }
    }

    private long usedBesides(String file) throws IOException {
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path other : files) {
                if (!other.getFileName().toString().equals(file)) {
                    bytes += Math.max(0, size(other.getFileName().toString()));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return bytes;
    }

    private FileChannel channel(String file, OpenOption... more) throws IOException {
        FileChannel channel = open.get(file);
        if (channel == null) {
            Set<OpenOption> how = new HashSet<>(List.of(more));
            how.add(StandardOpenOption.READ);
            if (lock != null) {
                how.add(StandardOpenOption.WRITE);
            }
            channel = FileChannel.open(directory.resolve(file), how);
            FileChannel other = open.putIfAbsent(file, channel);
            if (other != null) {
                channel.close();
                return other;
            }
        }
        return channel;
    }

    private void forget(String file) throws IOException {
        FileChannel channel = open.remove(file);
        if (channel != null) {
            channel.close();
        }
    }

    private void requireUsable() {
        if (failure != null) {
            throw new StorageFailure(failure);
        }
    }

    private StorageFailure failed(String action, String file, IOException cause) {
        String message = "cannot %s %s: %s".formatted(action, directory.resolve(file), cause);
        failure = message;
        return new StorageFailure(message, cause);
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock held = channel.tryLock();
            return held != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    /// The JDK has no typed error for a full disk or quota, only the system's words.
    private static boolean isFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left")
                || message.contains("Disk quota exceeded")
                || message.contains("not enough space");
    }

    private static void remove(Path path, IOException cause) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
