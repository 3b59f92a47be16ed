package dev.quorate.node.directory;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.CRC32C;

/// A small file that is there whole or not at all, and is recognised when it is damaged: magic (8
/// bytes), format version (4), length (4), content, CRC-32C of all that (4); big-endian.
final class CheckedFile {
    private static final int HEADER_BYTES = 16;
    private static final int CRC_BYTES = 4;
    private static final int CONTENT_BYTES_MAX = 16 << 20;
    private static final int VERSION = 1;

    private CheckedFile() {}

    /// Replaces the file: writes beside it, forces, renames, forces the directory.
    ///
    /// @param magic eight ASCII characters
    static void write(Path file, String magic, byte[] content) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + content.length + CRC_BYTES);
        bytes.put(magic.getBytes(StandardCharsets.US_ASCII)).putInt(VERSION);
        bytes.putInt(content.length).put(content);
        bytes.putInt(crc(bytes.array(), bytes.position())).flip();

        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(
                fresh,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        forceNames(file);
    }

    /// Removes the file for good.
    static void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        forceNames(file);
    }

    /// The content of a file that [#write] made.
    ///
    /// @throws StartRefused if it is anything else
    static DataInputStream read(Path file, String magic) {
        byte[] all;
        try {
            if (Files.size(file) > CONTENT_BYTES_MAX) {
                throw new StartRefused(file + " is damaged: it is far too long");
            }
            all = Files.readAllBytes(file);
        } catch (IOException failure) {
            throw new StartRefused(file + " cannot be read: " + failure, failure);
        }
        if (all.length < HEADER_BYTES + CRC_BYTES) {
            throw new StartRefused(file + " is damaged: it ends after " + all.length + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.wrap(all);
        byte[] found = new byte[magic.length()];
        bytes.get(found);
        if (!new String(found, StandardCharsets.ISO_8859_1).equals(magic)) {
            throw new StartRefused(file + " is not what its name says: wrong first bytes");
        }
        int version = bytes.getInt();
        if (version != VERSION) {
            throw new StartRefused(
                    file + " has format " + version + "; this build reads format " + VERSION);
        }
        int length = bytes.getInt();
        if (length != all.length - HEADER_BYTES - CRC_BYTES) {
            throw new StartRefused(
                    file + " is damaged: its length is " + all.length + " and should not be");
        }
        if (bytes.getInt(HEADER_BYTES + length) != crc(all, HEADER_BYTES + length)) {
            throw new StartRefused(file + " is damaged: its checksum does not match");
        }
        return new DataInputStream(new ByteArrayInputStream(all, HEADER_BYTES, length));
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static void forceNames(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
