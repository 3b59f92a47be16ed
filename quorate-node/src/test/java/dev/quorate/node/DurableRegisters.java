package dev.quorate.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// [Registers] whose last flush survives, in one file.
final class DurableRegisters extends Registers {
    private final Path file;
    private long durable;

    DurableRegisters(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                durable = ByteBuffer.wrap(in.readNBytes(8)).getLong();
                super.restore(durable, (bytes, offset, length) -> read(in, bytes, offset, length));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static int read(InputStream in, byte[] bytes, int offset, int length) {
        try {
            return in.read(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long durableApplied() {
        return durable;
    }

    @Override
    public void restore(long index, SnapshotReader in) {
        super.restore(index, in);
        flush();
    }

    @Override
    public void flush() {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        long reached = applied();
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            try (OutputStream out = Files.newOutputStream(next);
                    Checkpoint checkpoint = checkpoint()) {
                out.write(ByteBuffer.allocate(8).putLong(reached).array());
                checkpoint.writeTo((bytes, offset, length) -> write(out, bytes, offset, length));
            } catch (Exception e) {
                throw new IOException(e);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        durable = reached;
    }

    private static void write(OutputStream out, byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void destroy() {
        super.destroy();
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        durable = 0;
    }
}
