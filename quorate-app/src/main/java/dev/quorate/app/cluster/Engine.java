package dev.quorate.app.cluster;

import java.util.Locale;

/// Where a node keeps the data that clients write.
public enum Engine {
    /// On disk, in RocksDB.
    ROCKSDB,
    /// On the heap; a restarted node replays its log.
    MEMORY;

    /// The name in configuration and on the command line.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
