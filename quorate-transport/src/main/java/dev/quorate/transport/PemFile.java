package dev.quorate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// Reads and writes PEM (RFC 7468): a label and the DER bytes under it.
final class PemFile {
    /// No PEM file of ours comes near this; a longer one is not read.
    static final int FILE_BYTES_MAX = 64 << 10;

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    private PemFile() {}

    /// One object as text.
    static String encode(String label, byte[] der) {
        String body =
                Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(der);
        return BEGIN + label + DASHES + "\n" + body + "\n" + END + label + DASHES + "\n";
    }

    /// All objects with that label, in their order.
    ///
    /// @throws IllegalArgumentException if one is not closed or not Base64
    static List<byte[]> decode(String label, String text) {
        String begin = BEGIN + label + DASHES;
        String end = END + label + DASHES;
        List<byte[]> found = new ArrayList<>();
        int at = text.indexOf(begin);
        while (at >= 0) {
            int from = at + begin.length();
            int to = text.indexOf(end, from);
            if (to < 0) {
                throw new IllegalArgumentException("'" + begin + "' has no end");
            }
            String body = text.substring(from, to).replaceAll("\\s", "");
            found.add(Base64.getDecoder().decode(body));
            at = text.indexOf(begin, to);
        }
        return found;
    }

    /// Reads a file's text.
    ///
    /// @throws IOException if it is missing, unreadable or too long, in a sentence
    static String read(Path file) throws IOException {
        try {
            long length = Files.size(file);
            if (length > FILE_BYTES_MAX) {
                throw new IOException(
                        file + " has " + length + " bytes: that is no key or certificate");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist", e);
        }
    }

    /// Reads a private key's text.
    ///
    /// @throws IOException as [#read], and if others may read the file
    static String readSecret(Path file) throws IOException {
        if (Files.exists(file) && posix(file)) {
            Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
            if (rights.contains(PosixFilePermission.GROUP_READ)
                    || rights.contains(PosixFilePermission.OTHERS_READ)) {
                throw new IOException(
                        file
                                + " may be read by others ("
                                + PosixFilePermissions.toString(rights)
                                + "): treat the key as known, or run chmod 600 on it");
            }
        }
        return read(file);
    }

    /// Replaces a file as a whole, durably; others may read it.
    static void write(Path file, String text) throws IOException {
        replace(file, text, "rw-r--r--");
    }

    /// Replaces a file as a whole, durably; only its owner may ever read it.
    static void writeSecret(Path file, String text) throws IOException {
        replace(file, text, "rw-------");
    }

    private static void replace(Path file, String text, String rights) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(file + " is not a file");
        }
        Files.createDirectories(directory);
        Path next = directory.resolve(file.getFileName() + ".new");
        Files.deleteIfExists(next);
        FileAttribute<?>[] attributes =
                posix(directory)
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString(rights))
                        }
                        : new FileAttribute<?>[0];
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(next, options, attributes)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (posix(directory)) {
            try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
                entry.force(true);
            }
        }
    }

    private static boolean posix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
