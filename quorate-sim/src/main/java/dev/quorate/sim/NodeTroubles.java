package dev.quorate.sim;

import dev.quorate.types.NodeId;

/// What befalls one node, but for the network: its process stands still, its clocks go wrong, its
/// disk is slow, full, broken or forgetful.
final class NodeTroubles {
    private final World world;
    private final SimNode node;
    private final SickDisk disk;
    private final SimClock clock;
    private final Standstill standstill;
    private final NodeId id;

    NodeTroubles(SimNode node, SickDisk disk, SimClock clock, Standstill standstill) {
        this.world = node.world();
        this.node = node;
        this.disk = disk;
        this.clock = clock;
        this.standstill = standstill;
        this.id = node.id();
    }

    // ---- process and clocks --------------------------------------------------------------------

    /// Stands still for some nanoseconds, as a stopped process does.
    void pause(long nanos) {
        event("pause of " + nanos + " ns");
        standstill.begin(nanos);
    }

    /// Stands still with the whole machine: the monotonic clock does not run on, the wall clock
    /// does.
    void suspend(long nanos) {
        if (standstill.isPaused()) {
            return;
        }
        event("suspended for " + nanos + " ns");
        clock.hold(world.nowNanos());
        // planned before what was held up goes on
        world.agenda.after(nanos, () -> clock.release(world.nowNanos()));
        standstill.begin(nanos);
    }

    /// Moves the wall clock.
    void jumpClock(long micros) {
        world.clockJumped(id);
        event("clock jumps by " + micros + " µs");
        clock.jump(micros);
    }

    /// Gives the monotonic clock another speed.
    void drift(long ppm) {
        event("clock drifts by " + ppm + " ppm");
        clock.drift(world.nowNanos(), ppm);
        node.clockChanged();
    }

    // ---- a disk that keeps its promises --------------------------------------------------------

    /// Makes every force take 50 to 500 ms for a while.
    void slowDisk(long nanos) {
        event("slow disk for " + nanos + " ns");
        disk.slow(nanos);
    }

    /// Leaves no room for new files, or for one, for a while.
    void fillDisk(long nanos) {
        event("disk full for " + nanos + " ns");
        disk.fill(nanos);
    }

    /// Every change of the disk fails from now on, until the process starts again.
    void failDisk() {
        event("disk fails");
        disk.disk().fail();
    }

    // ---- a disk that does not ------------------------------------------------------------------

    /// A stored bit turns over; found at a start, or when it is read. Not while something is being
    /// written: what nobody has stated to be durable yet cannot be told from a torn write (R5).
    void rot() {
        if (node.journalRests() && disk.rot()) {
            event("a bit rots");
            world.lose(id);
            if (node.random().nextBoolean()) {
                node.crash("after rot");
            }
        }
    }

    /// The newest file of the journal is gone, and the process dies.
    void loseNewestFile() {
        if (node.journalRests()) {
            node.crash("to lose a file");
            if (disk.loseNewestFile()) {
                event("the newest file is lost");
                world.lose(id);
            }
        }
    }

    /// For a while the disk lies about what is durable, then the power fails.
    void lie(long nanos) {
        event("disk lies for " + nanos + " ns");
        world.lose(id);
        disk.lie();
        node.end(nanos, "of which its disk had not told the truth");
    }

    /// Ends pauses and slowness.
    void calm() {
        disk.calm();
        clock.release(world.nowNanos());
        standstill.end();
        if (disk.isFailing()) {
            node.crash("with a failed disk");
        }
    }

    private void event(String what) {
        world.event(id.value(), what);
    }
}
