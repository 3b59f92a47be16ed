package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.EnvOptions;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

/// Rows on their way into RocksDB as sorted files that become part of the store without being
/// rewritten.
final class SstLoad implements Engine.Load {
    private static final long FILE_BYTES = 32L << 20;

    private final RocksDB db;
    private final Options options;
    private final Path directory;
    private final EnvOptions env = new EnvOptions();
    private final List<String> files = new ArrayList<>();
    private @Nullable SstFileWriter writer;
    private @Nullable Bytes last;
    private long bytesOfFile;

    /// @param directory of this load alone, on the store's file system
    SstLoad(RocksDB db, Options options, Path directory) {
        this.db = db;
        this.options = options;
        this.directory = directory;
    }

    @Override
    public void add(Bytes key, Bytes value) {
        Bytes before = last;
        if (before != null && RowOrder.UNSIGNED.compare(before, key) >= 0) {
            throw new IllegalArgumentException("a row is out of order");
        }
        last = key;
        try {
            SstFileWriter out = writer == null ? nextFile() : writer;
            out.put(key.toByteArray(), value.toByteArray());
            bytesOfFile += key.length() + value.length();
            if (bytesOfFile >= FILE_BYTES) {
                endFile();
            }
        } catch (IOException | RocksDBException e) {
            throw failure(e);
        }
    }

    private SstFileWriter nextFile() throws IOException, RocksDBException {
        Files.createDirectories(directory);
        String file = directory.resolve(files.size() + ".sst").toString();
        SstFileWriter next = new SstFileWriter(env, options);
        writer = next;
        bytesOfFile = 0;
        next.open(file);
        files.add(file);
        return next;
    }

    private void endFile() throws RocksDBException {
        SstFileWriter done = writer;
        writer = null;
        if (done != null) {
            try (done) {
                done.finish();
            }
        }
    }

    @Override
    public void finish() {
        try (IngestExternalFileOptions how = new IngestExternalFileOptions().setMoveFiles(true)) {
            endFile();
            if (!files.isEmpty()) {
                db.ingestExternalFile(files, how);
            }
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        SstFileWriter unfinished = writer;
        writer = null;
        if (unfinished != null) {
            unfinished.close();
        }
        env.close();
        try {
            removeAll(directory);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /// Removes a directory of loads, or of one load, and what is in it.
    static void removeAll(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> found;
        try (Stream<Path> walk = Files.walk(directory)) {
            found = walk.toList();
        }
        for (Path path : found.reversed()) {
            Files.delete(path);
        }
    }

    private EngineFailure failure(Exception cause) {
        return new EngineFailure(
                "cannot load rows through " + directory + ": " + cause.getMessage(), cause);
    }
}
