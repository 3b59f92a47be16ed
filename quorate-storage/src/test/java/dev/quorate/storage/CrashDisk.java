package dev.quorate.storage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// A disk in memory that crashes as badly as a real one may: of what was written since the last
/// force, any subset of sectors survives; of the names changed since the last force, a prefix.
final class CrashDisk implements Disk {
    static final int SECTOR_BYTES = 512;

    /// The machine stopped at some operation.
    static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Content {
        byte[] cache;
        byte[] durable;

        /// Per sector, what it held after each write since the last force.
        final TreeMap<Integer, List<byte[]>> versions = new TreeMap<>();

        Content(int bytes) {
            cache = new byte[bytes];
            durable = new byte[bytes];
        }
    }

    /// Names now, last; and after each change since they were forced.
    private List<TreeMap<String, Content>> names = new ArrayList<>(List.of(new TreeMap<>()));

    long capacityBytes = Long.MAX_VALUE;
    int operationsUntilCrash = Integer.MAX_VALUE;
    int operationsUntilFailure = Integer.MAX_VALUE;
    int operationsUntilFull = Integer.MAX_VALUE;
    int operations;
    int forces;
    int writes;
    int operationsAfterFailure;

    /// Loses power: what was not forced survives by chance.
    void losePower(Random random) {
        operationsUntilCrash = Integer.MAX_VALUE;
        TreeMap<String, Content> survivors = names.get(random.nextInt(names.size()));
        names = new ArrayList<>(List.of(survivors));
        for (Content content : survivors.values()) {
            content.versions.forEach((sector, versions) -> {
                int chosen = random.nextInt(versions.size() + 1);
                if (chosen > 0) {
                    put(content.durable, sector, versions.get(chosen - 1));
                }
            });
            content.versions.clear();
            content.cache = content.durable.clone();
        }
    }

    /// The process dies, the machine does not: nothing is lost yet, nothing is forced either.
    void killProcess() {
        operationsUntilCrash = Integer.MAX_VALUE;
    }

    /// Leaves no room at all, spare segments neither.
    void fill() {
        names.forEach(map -> map.keySet().removeIf(name -> name.endsWith(".spare")));
        capacityBytes = 0;
    }

    boolean hasSegment() {
        return names.getLast().keySet().stream().anyMatch(name -> name.endsWith(".segment"));
    }

    /// The file's bytes, durably those: to cut and to flip.
    byte[] bytes(String file) {
        return file(file).cache.clone();
    }

    /// A bit of the file turns over, whoever has it open.
    void flip(String file, int at) {
        Content content = file(file);
        content.cache[at] ^= 1;
        content.durable[at] ^= 1;
    }

    void replace(String file, byte[] bytes) {
        Content content = new Content(bytes.length);
        content.cache = bytes.clone();
        content.durable = bytes.clone();
        names.getLast().put(file, content);
    }

    /// An independent copy; everything in it is durable.
    CrashDisk copy() {
        CrashDisk copy = new CrashDisk();
        names.getLast().keySet().forEach(file -> copy.replace(file, bytes(file)));
        return copy;
    }

    @Override
    public List<String> list() {
        return List.copyOf(names.getLast().keySet());
    }

    @Override
    public long size(String file) {
        Content content = names.getLast().get(file);
        return content == null ? -1 : content.cache.length;
    }

    @Override
    public int read(String file, long offset, ByteBuffer target) {
        byte[] cache = file(file).cache;
        int count = (int) Math.max(0, Math.min(target.remaining(), cache.length - offset));
        target.put(cache, count == 0 ? 0 : (int) offset, count);
        return count;
    }

    @Override
    public void preallocate(String file, long bytes) {
        operate();
        long used = names.getLast().values().stream().mapToLong(f -> f.cache.length).sum();
        if (used + bytes > capacityBytes) {
            throw new DiskFull("no room for " + file);
        }
        change().put(file, new Content((int) bytes));
    }

    @Override
    public void write(String file, long offset, ByteBuffer content) {
        Content to = file(file);
        int length = content.remaining();
        if (offset + length > to.cache.length) {
            throw new StorageFailure("write past the end of " + file);
        }
        content.get(to.cache, (int) offset, length);
        int last = (int) (offset + length - 1) / SECTOR_BYTES;
        for (int sector = (int) offset / SECTOR_BYTES; length > 0 && sector <= last; sector++) {
            int from = sector * SECTOR_BYTES;
            int to2 = Math.min(from + SECTOR_BYTES, to.cache.length);
            to.versions
                    .computeIfAbsent(sector, _ -> new ArrayList<>())
                    .add(Arrays.copyOfRange(to.cache, from, to2));
        }
        writes++;
        operate();
    }

    /// What was added and not forced survives as zeros, or not at all.
    @Override
    public void extend(String file, long offset, ByteBuffer content) {
        int end = (int) offset + content.remaining();
        if (size(file) < 0) {
            operate();
            change().put(file, new Content(0));
        }
        Content to = file(file);
        if (end > to.cache.length) {
            long used = names.getLast().values().stream().mapToLong(f -> f.cache.length).sum();
            if (used + end - to.cache.length > capacityBytes) {
                throw new DiskFull("no room for more of " + file);
            }
            to.cache = Arrays.copyOf(to.cache, end);
            to.durable = Arrays.copyOf(to.durable, end);
        }
        write(file, offset, content);
    }

    @Override
    public void force(String file) {
        operate();
        forces++;
        Content content = file(file);
        content.durable = content.cache.clone();
        content.versions.clear();
    }

    @Override
    public void rename(String from, String to) {
        operate();
        Map<String, Content> changed = change();
        Content content = changed.remove(from);
        if (content == null) {
            throw new StorageFailure("no file " + from);
        }
        changed.put(to, content);
    }

    @Override
    public void delete(String file) {
        operate();
        change().remove(file);
    }

    @Override
    public void forceNames() {
        operate();
        names = new ArrayList<>(List.of(names.getLast()));
    }

    private Map<String, Content> change() {
        TreeMap<String, Content> changed = new TreeMap<>(names.getLast());
        names.add(changed);
        return changed;
    }

    private Content file(String file) {
        Content content = names.getLast().get(file);
        if (content == null) {
            throw new StorageFailure("no file " + file);
        }
        return content;
    }

    private void operate() {
        operations++;
        if (--operationsUntilFull < 0) {
            capacityBytes = 0;
            operationsUntilFull = Integer.MAX_VALUE;
        }
        if (--operationsUntilCrash < 0) {
            throw new Crash();
        }
        if (--operationsUntilFailure < 0) {
            operationsAfterFailure++;
            throw new StorageFailure("the disk failed");
        }
    }

    private static void put(byte[] into, int sector, byte[] version) {
        System.arraycopy(version, 0, into, sector * SECTOR_BYTES, version.length);
    }
}
