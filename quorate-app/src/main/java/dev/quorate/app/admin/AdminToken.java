package dev.quorate.app.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/// The credential of those who may change something through a node's admin interface: a secret in
/// the file `admin.token` of the node's directory, which only its owner can read (mode 0600).
public final class AdminToken {
    private static final String NAME = "admin.token";
    private static final String SCHEME = "Bearer ";
    private static final int SECRET_BYTES = 32;
    private static final int FILE_BYTES_MAX = 1024;

    private final String secret;

    private AdminToken(String secret) {
        this.secret = secret;
    }

    /// The token of the node in a directory, made if there is none.
    public static AdminToken openOrCreate(Path directory) throws IOException {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        Path file = directory.resolve(NAME);
        try {
            Files.createFile(file, ownersAlone(directory));
            Files.writeString(file, HexFormat.of().formatHex(random) + "\n");
        } catch (FileAlreadyExistsException e) {
            // from an earlier start
        }
        return read(directory);
    }

    /// The token of the node in a directory.
    ///
    /// @throws IOException if there is none, in a sentence
    public static AdminToken read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new IOException(file + " is too long to be an admin token");
            }
            String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
            if (text.isEmpty()) {
                throw new IOException(file + " is empty; delete it and restart the node");
            }
            return new AdminToken(text);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist; a node makes it when it starts", e);
        }
    }

    /// A token that was given by other means.
    public static AdminToken of(String secret) {
        return new AdminToken(secret.strip());
    }

    /// The `Authorization` header that shows it.
    String header() {
        return SCHEME + secret;
    }

    /// Whether that header shows it; takes the same time whatever is wrong with it.
    boolean isShownBy(String header) {
        return MessageDigest.isEqual(
                header.getBytes(StandardCharsets.UTF_8), header().getBytes(StandardCharsets.UTF_8));
    }

    private static FileAttribute<?>[] ownersAlone(Path directory) {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
