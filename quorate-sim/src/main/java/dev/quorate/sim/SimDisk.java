package dev.quorate.sim;

import dev.quorate.storage.Disk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A disk in memory that forgets like a real one: what was not forced may be lost, kept, or kept in
/// part and in any order, sector by sector; names survive only up to some point after the last
/// [#forceNames].
///
/// Names that were not forced are lost from some operation on, as journaling file systems do;
/// sectors are written whole.
public final class SimDisk implements Disk {
    private static final int SECTOR_BYTES = 512;

    /// A file's content, apart from its name: what is read, and what a crash now would leave.
    private static final class Inode {
        private byte[] seen;
        private byte[] kept;
        private final BitSet dirty = new BitSet();

        Inode(int bytes) {
            seen = new byte[bytes];
            kept = new byte[bytes];
        }

        void settle(int sector) {
            int from = sector * SECTOR_BYTES;
            int length = Math.min(SECTOR_BYTES, seen.length - from);
            System.arraycopy(seen, from, kept, from, length);
            dirty.clear(sector);
        }

        void revert(int sector) {
            int from = sector * SECTOR_BYTES;
            int length = Math.min(SECTOR_BYTES, seen.length - from);
            System.arraycopy(kept, from, seen, from, length);
            dirty.clear(sector);
        }

        void settleAll() {
            for (int s = dirty.nextSetBit(0); s >= 0; s = dirty.nextSetBit(s + 1)) {
                settle(s);
            }
        }
    }

    /// One change of names: `from` is gone, `to` is this inode.
    private record NameChange(@Nullable String from, @Nullable String to, @Nullable Inode inode) {}

    private final Prng random;
    private long capacityBytes;
    private final TreeMap<String, Inode> names = new TreeMap<>();
    private TreeMap<String, Inode> keptNames = new TreeMap<>();
    private final List<NameChange> unforcedNames = new ArrayList<>();
    private long cutAfterOperations = Long.MAX_VALUE;
    private boolean failing;
    private boolean lying;
    private long forces;
    private long writtenBytes;

    /// @param random decides what a crash leaves
    /// @param capacityBytes room for files; beyond it [DiskFull]
    public SimDisk(Prng random, long capacityBytes) {
        this.random = random;
        this.capacityBytes = capacityBytes;
    }

    @Override
    public List<String> list() {
        return List.copyOf(names.keySet());
    }

    @Override
    public long size(String file) {
        Inode inode = names.get(file);
        return inode == null ? -1 : inode.seen.length;
    }

    @Override
    public int read(String file, long offset, ByteBuffer target) {
        byte[] content = inode(file).seen;
        int length = (int) Math.min(target.remaining(), Math.max(0, content.length - offset));
        target.put(content, length == 0 ? 0 : (int) offset, length);
        return length;
    }

    @Override
    public void preallocate(String file, long bytes) {
        operate(file);
        if (usedBytes() + bytes > capacityBytes) {
            throw new DiskFull("no room for " + file + " of " + bytes + " bytes");
        }
        Inode inode = new Inode(Math.toIntExact(bytes));
        change(new NameChange(null, file, inode));
    }

    @Override
    public void write(String file, long offset, ByteBuffer content) {
        operate(file);
        Inode inode = inode(file);
        int length = content.remaining();
        if (length == 0) {
            return;
        }
        int first = Math.toIntExact(offset / SECTOR_BYTES);
        int last = Math.toIntExact((offset + length - 1) / SECTOR_BYTES);
        for (int sector = first; sector <= last; sector++) {
            // an overwritten sector may have reached the platter in its earlier form
            if (inode.dirty.get(sector) && random.chance(0.3)) {
                inode.settle(sector);
            }
        }
        grow(inode, Math.toIntExact(offset + length));
        content.get(inode.seen, Math.toIntExact(offset), length);
        inode.dirty.set(first, last + 1);
        writtenBytes += length;
    }

    @Override
    public void force(String file) {
        operate(file);
        Inode inode = inode(file);
        if (!lying) {
            inode.settleAll();
        }
        forces++;
    }

    @Override
    public void rename(String from, String to) {
        operate(from);
        change(new NameChange(from, to, inode(from)));
    }

    @Override
    public void delete(String file) {
        operate(file);
        inode(file);
        change(new NameChange(file, null, null));
    }

    @Override
    public void forceNames() {
        operate("the directory");
        if (lying) {
            return;
        }
        keptNames = new TreeMap<>(names);
        unforcedNames.clear();
    }

    /// Loses power: of what was not forced, chance keeps a part. The disk can be used again at
    /// once.
    public void crash() {
        int kept = unforcedNames.isEmpty() ? 0 : random.nextInt(unforcedNames.size() + 1);
        for (NameChange change : unforcedNames.subList(0, kept)) {
            apply(keptNames, change);
        }
        unforcedNames.clear();
        names.clear();
        names.putAll(keptNames);
        double keep = random.pick(List.of(0.0, 0.1, 0.5, 0.9, 1.0));
        for (Inode inode : names.values()) {
            BitSet dirty = inode.dirty;
            for (int s = dirty.nextSetBit(0); s >= 0; s = dirty.nextSetBit(s + 1)) {
                if (random.chance(keep)) {
                    inode.settle(s);
                } else {
                    inode.revert(s);
                }
            }
        }
        cutAfterOperations = Long.MAX_VALUE;
        failing = false;
        lying = false;
    }

    /// Gives the disk another size. Files that are there stay, however large.
    public void limit(long bytes) {
        capacityBytes = bytes;
    }

    /// Makes every force do nothing and say that it did, until the next crash.
    public void lie() {
        lying = true;
    }

    /// Loses a file for good, whatever was forced.
    public void lose(String file) {
        inode(file);
        names.remove(file);
        keptNames.remove(file);
        unforcedNames.removeIf(change -> file.equals(change.from()) || file.equals(change.to()));
    }

    /// Throws [PowerCut] instead of doing the operation after the next `operations` ones.
    public void cutPowerAfter(long operations) {
        cutAfterOperations = operations;
    }

    /// Makes every change fail from now on, until the next crash.
    public void fail() {
        failing = true;
    }

    /// Whether every change fails.
    public boolean isFailing() {
        return failing;
    }

    /// Loses everything, as a replaced disk has.
    public void wipe() {
        names.clear();
        keptNames.clear();
        unforcedNames.clear();
    }

    /// Flips one bit of what is stored.
    public void rot(String file, long offset, int bit) {
        Inode inode = inode(file);
        int at = Math.toIntExact(offset);
        inode.seen[at] ^= (byte) (1 << bit);
        inode.kept[at] ^= (byte) (1 << bit);
    }

    /// Forces so far.
    public long forces() {
        return forces;
    }

    /// Bytes written so far.
    public long writtenBytes() {
        return writtenBytes;
    }

    /// Bytes that all files take.
    public long usedBytes() {
        long sum = 0;
        for (Inode inode : names.values()) {
            sum += inode.seen.length;
        }
        return sum;
    }

    private void operate(String file) {
        if (cutAfterOperations-- <= 0) {
            throw new PowerCut();
        }
        if (failing) {
            throw new StorageFailure("simulated error on " + file);
        }
    }

    private Inode inode(String file) {
        Inode inode = names.get(file);
        if (inode == null) {
            throw new StorageFailure("no such file: " + file);
        }
        return inode;
    }

    private void change(NameChange change) {
        unforcedNames.add(change);
        apply(names, change);
    }

    private static void apply(Map<String, Inode> names, NameChange change) {
        if (change.from() != null) {
            names.remove(change.from());
        }
        if (change.to() != null && change.inode() != null) {
            names.put(change.to(), change.inode());
        }
    }

    private static void grow(Inode inode, int bytes) {
        if (bytes > inode.seen.length) {
            inode.seen = Arrays.copyOf(inode.seen, bytes);
            inode.kept = Arrays.copyOf(inode.kept, bytes);
        }
    }
}
