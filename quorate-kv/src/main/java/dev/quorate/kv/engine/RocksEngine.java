package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// Rows in RocksDB, one instance per node, without RocksDB's own log: the journal is the log.
///
/// There is one column family and writes are ordered, so memtables reach the disk in write order
/// and a crash leaves a prefix of all writes, whenever RocksDB chose to flush (rule R3).
public final class RocksEngine implements Engine {
    private static final long CACHE_BYTES = 64L << 20;
    private static final long MEMTABLE_BYTES = 32L << 20;
    private static final int BLOOM_BITS_PER_KEY = 10;
    private static final String LOADS = "loads";

    private final Path directory;
    private final Cache cache;
    private final BloomFilter bloom;
    private final Options options;
    private final WriteOptions writeOptions;
    private final FlushOptions flushOptions;
    private final RocksDB db;

    private final Path loads;
    private final AtomicLong lastLoad = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();
    private final Object flushing = new Object();
    private volatile long flushed;

    private RocksEngine(Path directory) throws RocksDBException {
        this.directory = directory;
        this.loads = directory.resolve(LOADS);
        this.cache = new LRUCache(CACHE_BYTES);
        this.bloom = new BloomFilter(BLOOM_BITS_PER_KEY);
        this.options =
                new Options()
                        .setCreateIfMissing(true)
                        .setWriteBufferSize(MEMTABLE_BYTES)
                        .setMaxWriteBufferNumber(3)
                        .setMaxOpenFiles(512)
                        .setKeepLogFileNum(2)
                        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setTableFormatConfig(
                                new BlockBasedTableConfig()
                                        .setBlockCache(cache)
                                        .setFilterPolicy(bloom));
        this.writeOptions = new WriteOptions().setDisableWAL(true);
        this.flushOptions = new FlushOptions().setWaitForFlush(true);
        this.db = RocksDB.open(options, directory.toString());
    }

    /// Opens or creates the store in `directory`.
    ///
    /// @throws EngineFailure if the directory cannot be used or is in use
    public static RocksEngine open(Path directory) {
        RocksDB.loadLibrary();
        try {
            SstLoad.removeAll(directory.resolve(LOADS));
            Files.createDirectories(directory.resolve(LOADS));
            return new RocksEngine(directory);
        } catch (IOException | RocksDBException e) {
            throw new EngineFailure(
                    "cannot open the store in " + directory + ": " + e.getMessage(), e);
        }
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        try {
            byte[] value = db.get(key.toByteArray());
            return value == null ? null : Bytes.wrap(value);
        } catch (RocksDBException e) {
            throw failure("read from", e);
        }
    }

    @Override
    public void scan(Bytes from, Bytes to, Visitor visitor) {
        try (ReadOptions newest = new ReadOptions()) {
            scan(from, to, newest, visitor);
        }
    }

    private void scan(Bytes from, Bytes to, ReadOptions range, Visitor visitor) {
        try (Slice end = new Slice(to.toByteArray());
                RocksIterator rows = db.newIterator(range.setIterateUpperBound(end))) {
            rows.seek(from.toByteArray());
            while (rows.isValid()) {
                if (!visitor.row(Bytes.wrap(rows.key()), Bytes.wrap(rows.value()))) {
                    return;
                }
                rows.next();
            }
            rows.status();
        } catch (RocksDBException e) {
            throw failure("scan", e);
        }
    }

    @Override
    public long write(WriteSet set) {
        try (WriteBatch batch = new WriteBatch()) {
            for (Map.Entry<Bytes, Optional<Bytes>> row : set.rows().entrySet()) {
                if (row.getValue().isPresent()) {
                    batch.put(row.getKey().toByteArray(), row.getValue().get().toByteArray());
                } else {
                    batch.delete(row.getKey().toByteArray());
                }
            }
            db.write(writeOptions, batch);
        } catch (RocksDBException e) {
            throw failure("write to", e);
        }
        // numbered after the write: a flush that has seen the number covers the rows
        return writes.incrementAndGet();
    }

    @Override
    public void flush(long upTo) {
        if (flushed >= upTo) {
            return;
        }
        synchronized (flushing) {
            if (flushed >= upTo) {
                return;
            }
            long covered = writes.get();
            try {
                db.flush(flushOptions);
            } catch (RocksDBException e) {
                throw failure("flush", e);
            }
            flushed = covered;
        }
    }

    @Override
    public long removeRange(Bytes from, Bytes to) {
        try {
            db.deleteRange(writeOptions, from.toByteArray(), to.toByteArray());
        } catch (RocksDBException e) {
            throw failure("write to", e);
        }
        return writes.incrementAndGet();
    }

    @Override
    public long lastWrite() {
        return writes.get();
    }

    @Override
    public boolean persistent() {
        return true;
    }

    @Override
    public View view() {
        return new Frozen(db.getSnapshot());
    }

    @Override
    public Load load() {
        return new SstLoad(db, options, loads.resolve(Long.toString(lastLoad.incrementAndGet())));
    }

    @Override
    public void close() {
        db.close();
        flushOptions.close();
        writeOptions.close();
        options.close();
        bloom.close();
        cache.close();
    }

    /// A RocksDB snapshot: the files and rows it shows stay until it is released.
    private final class Frozen implements View {
        private final Snapshot snapshot;
        private final ReadOptions options;

        Frozen(Snapshot snapshot) {
            this.snapshot = snapshot;
            // a long walk must not push what clients read out of the cache
            this.options = new ReadOptions().setSnapshot(snapshot).setFillCache(false);
        }

        @Override
        public void scan(Bytes from, Bytes to, Visitor visitor) {
            RocksEngine.this.scan(from, to, options, visitor);
        }

        @Override
        public void close() {
            if (options.isOwningHandle()) {
                options.close();
                db.releaseSnapshot(snapshot);
                snapshot.close();
            }
        }
    }

    private EngineFailure failure(String verb, RocksDBException cause) {
        return new EngineFailure(
                "cannot " + verb + " the store in " + directory + ": " + cause.getMessage(), cause);
    }
}
