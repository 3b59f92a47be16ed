package dev.quorate.sim;

import java.util.List;

/// What befalls the disk of one node: slowness, want of room, failure, and the loss of what it had
/// promised to keep.
final class SickDisk {
    private static final long CAPACITY_BYTES = 1L << 30;

    private final World world;
    private final Prng random;
    private final SimDisk disk;
    private long slowUntilNanos;
    private int fills;
    private boolean lied;

    SickDisk(World world, Prng random) {
        this.world = world;
        this.random = random;
        disk = new SimDisk(random.fork(), CAPACITY_BYTES);
    }

    SimDisk disk() {
        return disk;
    }

    /// How long the next force takes: longer while the disk is slow.
    long forceNanos() {
        Faults.Delays delays = world.faults.delays();
        return world.nowNanos() < slowUntilNanos
                ? 50_000_000L + random.nextLong(450_000_000L)
                : random.between(delays.forceMin(), delays.forceMax());
    }

    void slow(long nanos) {
        slowUntilNanos = world.nowNanos() + nanos;
    }

    /// Leaves room for at most one more file of the usual size, for a while.
    void fill(long nanos) {
        int mine = ++fills;
        disk.limit(disk.usedBytes() + random.nextLong(2L * world.config.segmentBytes()));
        world.agenda.after(
                nanos,
                () -> {
                    if (fills == mine) {
                        disk.limit(CAPACITY_BYTES);
                    }
                });
    }

    /// Turns one stored bit over, in a file of the journal.
    ///
    /// @return whether there was one
    boolean rot() {
        List<String> segments = segments();
        if (segments.isEmpty()) {
            return false;
        }
        String file = random.pick(segments);
        disk.rot(file, random.nextLong(disk.size(file)), random.nextInt(8));
        return true;
    }

    /// Loses the newest file of the journal, as a directory that was put back does.
    ///
    /// @return whether there was one
    boolean loseNewestFile() {
        List<String> segments = segments();
        if (segments.isEmpty()) {
            return false;
        }
        disk.lose(segments.getLast());
        return true;
    }

    /// From now on, until the power fails, nothing that is called durable is.
    void lie() {
        lied = true;
        disk.lie();
    }

    /// Whether it ever lied: then a loss need not show.
    boolean everLied() {
        return lied;
    }

    boolean isFailing() {
        return disk.isFailing();
    }

    /// Enough room, and quick again.
    void calm() {
        slowUntilNanos = 0;
        fills++;
        disk.limit(CAPACITY_BYTES);
    }

    private List<String> segments() {
        return disk.list().stream().filter(file -> file.endsWith(".segment")).toList();
    }
}
