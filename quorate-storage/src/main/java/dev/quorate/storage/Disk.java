package dev.quorate.storage;

import java.nio.ByteBuffer;
import java.util.List;

/// The few things that a journal and a store of snapshots need from a disk. Blocking.
///
/// Writes are durable only after [#force]. A crash may lose, keep or tear any write since the last
/// one, in any order; names (create, rename, delete) are durable only after [#forceNames].
public interface Disk {
    /// Names of all files, sorted.
    List<String> list();

    /// Size in bytes; `-1` when there is no such file.
    long size(String file);

    /// Reads into `target` from `offset` until it is full or the file ends.
    ///
    /// @return bytes read
    /// @throws StorageFailure if the disk reports an error; the node must stop
    int read(String file, long offset, ByteBuffer target);

    /// Creates the file filled with zeros, durably but for its name, or fails without leaving it
    /// behind.
    ///
    /// @throws DiskFull if there is no room: the one error that a caller may wait out (rule R8)
    /// @throws StorageFailure if the disk reports any other error
    void preallocate(String file, long bytes);

    /// Writes the remaining bytes of `content` at `offset` of an existing file.
    ///
    /// @throws StorageFailure if the disk reports an error, a full disk included; the node must
    ///   stop
    void write(String file, long offset, ByteBuffer content);

    /// Writes the remaining bytes of `content` at `offset`, which is at most the file's size, and
    /// lets the file grow; creates it if need be.
    ///
    /// @throws DiskFull if there is no room; what was added is undefined, what was there before is
    ///   not changed
    /// @throws StorageFailure if the disk reports any other error
    default void extend(String file, long offset, ByteBuffer content) {
        if (size(file) < 0) {
            preallocate(file, 0);
        }
        write(file, offset, content);
    }

    /// Makes all earlier writes to `file` durable.
    ///
    /// Never called again after it has failed: the kernel may have dropped the dirty pages (Rebello
    /// et al., "Can Applications Recover from fsync Failures?", ATC 2020).
    ///
    /// @throws StorageFailure if the disk reports an error; the node must stop
    void force(String file);

    /// Gives a file another name, atomically, replacing what had it.
    void rename(String from, String to);

    /// Removes a file.
    void delete(String file);

    /// Makes names durable: of files created, renamed or deleted before.
    void forceNames();

    /// The disk can no longer be trusted.
    final class StorageFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /// @param message what was being done, and to which file
        public StorageFailure(String message, Throwable cause) {
            super(message, cause);
        }

        /// @param message what was found, and where
        public StorageFailure(String message) {
            super(message);
        }
    }

    /// There is no room for another segment.
    final class DiskFull extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /// @param message which file, how large
        public DiskFull(String message) {
            super(message);
        }
    }
}
