package dev.quorate.sim;

import java.time.Duration;
import java.util.List;

/// What may go wrong, and how often. Rates are per node and simulated second.
///
/// @param crashRate crashes at any moment
/// @param crashInTurn chance, per turn, that only a part of its effects happens before a crash
/// @param crashInWrite chance, per journal batch, of a power cut between two disk operations
/// @param downMax longest time before a crashed node starts again; half of them return at once
/// @param partitionRate splits of the cluster in two
/// @param cutRate cuts of one direction between two nodes
/// @param pauseRate times a process stands still
/// @param slowDiskRate times a disk becomes slow for a while
/// @param clockJumpRate jumps of a wall clock
/// @param loss chance that a message is lost
/// @param repeat chance that a message arrives twice
/// @param late chance that a message takes up to two seconds
/// @param delayMin shortest way over the network
/// @param delayMax longest way, but for late messages
/// @param forceMin shortest disk force
/// @param forceMax longest disk force, but for slow disks
public record Faults(
        double crashRate,
        double crashInTurn,
        double crashInWrite,
        Duration downMax,
        double partitionRate,
        double cutRate,
        double pauseRate,
        double slowDiskRate,
        double clockJumpRate,
        double loss,
        double repeat,
        double late,
        Duration delayMin,
        Duration delayMax,
        Duration forceMin,
        Duration forceMax) {
    /// Nothing goes wrong; messages take 0.1 to 1 ms, forces 0.2 to 1 ms.
    public static final Faults NONE =
            new Faults(
                    0,
                    0,
                    0,
                    Duration.ofSeconds(1),
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    Duration.ofNanos(100_000),
                    Duration.ofMillis(1),
                    Duration.ofNanos(200_000),
                    Duration.ofMillis(1));

    /// A mix of everything; each fault is left out of some seeds, so that it cannot hide what the
    /// others find.
    public static Faults storm(Prng random) {
        return new Faults(
                rate(random, 0.5),
                random.chance(0.5) ? 0 : random.nextDouble() * 0.001,
                random.chance(0.5) ? 0 : random.nextDouble() * 0.003,
                random.pick(
                        List.of(
                                Duration.ofMillis(20),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(3))),
                rate(random, 0.2),
                rate(random, 0.2),
                rate(random, 0.2),
                rate(random, 0.1),
                rate(random, 0.05),
                random.chance(0.4) ? 0 : random.nextDouble() * 0.1,
                random.chance(0.4) ? 0 : random.nextDouble() * 0.1,
                random.chance(0.5) ? 0 : random.nextDouble() * 0.02,
                Duration.ofNanos(100_000),
                Duration.ofMillis(1 + random.nextInt(20)),
                Duration.ofNanos(200_000),
                Duration.ofMillis(1 + random.nextInt(10)));
    }

    /// Crashes of every kind, on a good network.
    public static Faults crashes(Prng random) {
        Faults storm = storm(random);
        return new Faults(
                0.2 + random.nextDouble(),
                random.nextDouble() * 0.002,
                random.nextDouble() * 0.01,
                storm.downMax(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                NONE.delayMin(),
                NONE.delayMax(),
                NONE.forceMin(),
                storm.forceMax());
    }

    /// Splits, cuts, loss and delays; no process dies.
    public static Faults partitions(Prng random) {
        Faults storm = storm(random);
        return new Faults(
                0,
                0,
                0,
                storm.downMax(),
                0.1 + random.nextDouble() * 0.3,
                0.1 + random.nextDouble() * 0.3,
                storm.pauseRate(),
                0,
                0,
                storm.loss(),
                storm.repeat(),
                storm.late(),
                storm.delayMin(),
                storm.delayMax(),
                NONE.forceMin(),
                NONE.forceMax());
    }

    /// Disks that hang now and then, with leader changes while writes are in flight (rule R1).
    public static Faults slowDisk(Prng random) {
        Faults storm = storm(random);
        return new Faults(
                storm.crashRate() / 4,
                0,
                storm.crashInWrite(),
                storm.downMax(),
                storm.partitionRate(),
                0,
                storm.pauseRate(),
                0.3 + random.nextDouble() * 0.5,
                0,
                0,
                0,
                0,
                NONE.delayMin(),
                storm.delayMax(),
                Duration.ofMillis(1),
                Duration.ofMillis(10 + random.nextInt(40)));
    }

    private static double rate(Prng random, double most) {
        return random.chance(0.3) ? 0 : random.nextDouble() * most;
    }
}
