package dev.quorate.node;

import dev.quorate.storage.Disk;
import java.nio.ByteBuffer;
import java.util.List;

/// A disk that can be told to be full or to fail.
final class TroubledDisk implements Disk {
    private final Disk disk;
    private volatile boolean full;
    private volatile boolean broken;

    TroubledDisk(Disk disk) {
        this.disk = disk;
    }

    void full(boolean now) {
        full = now;
    }

    void breakDown() {
        broken = true;
    }

    @Override
    public List<String> list() {
        return disk.list();
    }

    @Override
    public long size(String file) {
        return disk.size(file);
    }

    @Override
    public int read(String file, long offset, ByteBuffer target) {
        return disk.read(file, offset, target);
    }

    @Override
    public void preallocate(String file, long bytes) {
        if (full) {
            throw new DiskFull("no room for " + file);
        }
        disk.preallocate(file, bytes);
    }

    @Override
    public void write(String file, long offset, ByteBuffer content) {
        disk.write(file, offset, content);
    }

    @Override
    public void force(String file) {
        if (broken) {
            throw new StorageFailure("the disk is gone");
        }
        disk.force(file);
    }

    @Override
    public void rename(String from, String to) {
        disk.rename(from, to);
    }

    @Override
    public void delete(String file) {
        disk.delete(file);
    }

    @Override
    public void forceNames() {
        disk.forceNames();
    }
}
