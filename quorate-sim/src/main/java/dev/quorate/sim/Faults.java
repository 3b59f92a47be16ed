package dev.quorate.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What may go wrong, and how often. Immutable.
public final class Faults {
    /// Nothing goes wrong; messages take 0.1 to 1 ms, forces 0.2 to 1 ms.
    public static final Faults NONE =
            new Faults(
                    new EnumMap<>(FaultKind.class),
                    new Delays(
                            Duration.ofSeconds(1),
                            Duration.ofMillis(1),
                            Duration.ofNanos(200_000),
                            Duration.ofMillis(1)),
                    0);

    private static final Duration DELAY_MIN = Duration.ofNanos(100_000);

    /// How long things take.
    ///
    /// @param downMax longest time before a crashed node starts again; half of them return at once
    /// @param delayMax longest way over the network, but for late messages
    /// @param forceMin shortest disk force
    /// @param forceMax longest disk force, but for slow disks
    record Delays(Duration downMax, Duration delayMax, Duration forceMin, Duration forceMax) {}

    private final EnumMap<FaultKind, Double> rates;
    private final Delays delays;
    private final int lossesMax;

    private Faults(EnumMap<FaultKind, Double> rates, Delays delays, int lossesMax) {
        this.rates = rates;
        this.delays = delays;
        this.lossesMax = lossesMax;
    }

    // ---- what there is -------------------------------------------------------------------------

    /// How often: a rate or a chance, as the kind says.
    public double of(FaultKind kind) {
        Double rate = rates.get(kind);
        return rate == null ? 0 : rate;
    }

    /// The kinds that happen at all.
    public List<FaultKind> kinds() {
        return List.copyOf(rates.keySet());
    }

    /// How many nodes may lose data, over the whole run.
    public int lossesMax() {
        return lossesMax;
    }

    Duration delayMin() {
        return DELAY_MIN;
    }

    Delays delays() {
        return delays;
    }

    // ---- others --------------------------------------------------------------------------------

    /// These, with another rate of one kind.
    public Faults with(FaultKind kind, double rate) {
        EnumMap<FaultKind, Double> others = new EnumMap<>(rates);
        if (rate > 0) {
            others.put(kind, rate);
        } else {
            others.remove(kind);
        }
        return new Faults(others, delays, lossesMax);
    }

    /// These, without all other kinds than the given ones.
    public Faults only(Collection<FaultKind> kept) {
        EnumMap<FaultKind, Double> others = new EnumMap<>(FaultKind.class);
        for (Map.Entry<FaultKind, Double> rate : rates.entrySet()) {
            if (kept.contains(rate.getKey())) {
                others.put(rate.getKey(), rate.getValue());
            }
        }
        return new Faults(others, delays, lossesMax);
    }

    /// These, but so many nodes may lose data.
    public Faults losing(int nodesMax) {
        return new Faults(rates, delays, nodesMax);
    }

    private Faults taking(Delays others) {
        return new Faults(rates, others, lossesMax);
    }

    // ---- mixtures ------------------------------------------------------------------------------

    /// A mix of everything; each fault is left out of some seeds, so that it cannot hide what the
    /// others find. One node may lose data.
    public static Faults storm(Prng random) {
        Faults faults =
                NONE.taking(
                                new Delays(
                                        random.pick(
                                                List.of(
                                                        Duration.ofMillis(20),
                                                        Duration.ofMillis(500),
                                                        Duration.ofSeconds(3))),
                                        Duration.ofMillis(1 + random.nextInt(20)),
                                        NONE.delays.forceMin,
                                        Duration.ofMillis(1 + random.nextInt(10))))
                        .with(FaultKind.CRASH, rate(random, 0.5))
                        .with(FaultKind.CRASH_IN_TURN, chance(random, 0.5, 0.001))
                        .with(FaultKind.TORN_WRITE, chance(random, 0.5, 0.003))
                        .with(FaultKind.PARTITION, rate(random, 0.2))
                        .with(FaultKind.CUT, rate(random, 0.2))
                        .with(FaultKind.SWIZZLED_HEAL, random.chance(0.5) ? 0.5 : 0)
                        .with(FaultKind.PAUSE, rate(random, 0.2))
                        .with(FaultKind.SLOW_DISK, rate(random, 0.1))
                        .with(FaultKind.LOSS, chance(random, 0.4, 0.1))
                        .with(FaultKind.REPEAT, chance(random, 0.4, 0.1))
                        .with(FaultKind.LATE, chance(random, 0.5, 0.02));
        faults = random.chance(0.3) ? faults.and(clocks(random)) : faults;
        return random.chance(0.3) ? faults.and(sickDisks(random)).losing(1) : faults;
    }

    /// Crashes of every kind, on a good network.
    public static Faults crashes(Prng random) {
        Faults storm = storm(random);
        Delays delays = storm.delays;
        return NONE.taking(
                        new Delays(
                                delays.downMax,
                                NONE.delays.delayMax,
                                NONE.delays.forceMin,
                                delays.forceMax))
                .with(FaultKind.CRASH, 0.2 + random.nextDouble())
                .with(FaultKind.CRASH_IN_TURN, random.nextDouble() * 0.002)
                .with(FaultKind.TORN_WRITE, random.nextDouble() * 0.01);
    }

    /// Splits, cuts, loss and delays; no process dies.
    public static Faults partitions(Prng random) {
        return storm(random)
                .only(
                        List.of(
                                FaultKind.PAUSE,
                                FaultKind.SWIZZLED_HEAL,
                                FaultKind.LOSS,
                                FaultKind.REPEAT,
                                FaultKind.LATE))
                .with(FaultKind.PARTITION, 0.1 + random.nextDouble() * 0.3)
                .with(FaultKind.CUT, 0.1 + random.nextDouble() * 0.3);
    }

    /// Disks that hang now and then, with leader changes while writes are in flight (rule R1).
    public static Faults slowDisk(Prng random) {
        Faults storm = storm(random);
        return storm.only(List.of(FaultKind.TORN_WRITE, FaultKind.PARTITION, FaultKind.PAUSE))
                .taking(
                        new Delays(
                                storm.delays.downMax,
                                storm.delays.delayMax,
                                Duration.ofMillis(1),
                                Duration.ofMillis(10 + random.nextInt(40))))
                .with(FaultKind.CRASH, storm.of(FaultKind.CRASH) / 4)
                .with(FaultKind.SLOW_DISK, 0.3 + random.nextDouble() * 0.5);
    }

    /// Disks that are full and disks that fail, and lose nothing that was durable (rule R8).
    public static Faults fullDisks(Prng random) {
        return storm(random)
                .only(List.of(FaultKind.TORN_WRITE, FaultKind.CRASH, FaultKind.PAUSE))
                .with(FaultKind.FULL_DISK, 0.1 + random.nextDouble() * 0.3)
                .with(FaultKind.FAILED_FORCE, rate(random, 0.3));
    }

    /// Disks that lose what they had promised to keep (rules R5, R7, R25): of so many nodes that
    /// sometimes a majority is left, sometimes not.
    public static Faults damage(Prng random, int nodes) {
        return storm(random)
                .only(
                        List.of(
                                FaultKind.CRASH,
                                FaultKind.TORN_WRITE,
                                FaultKind.PARTITION,
                                FaultKind.PAUSE))
                .and(sickDisks(random))
                .losing(1 + random.nextInt(nodes));
    }

    /// Clocks at their worst: jumps, drift up to what leases allow for, suspended machines (rules
    /// R11, R14), with leader changes.
    public static Faults badClocks(Prng random) {
        return storm(random)
                .only(List.of(FaultKind.PAUSE, FaultKind.CUT, FaultKind.LOSS))
                .and(clocks(random))
                .with(FaultKind.DRIFT, 0.5)
                .with(FaultKind.PARTITION, 0.1 + random.nextDouble() * 0.4)
                .with(FaultKind.YEAR_JUMP, rate(random, 0.1))
                .with(FaultKind.SUSPEND, 0.05 + random.nextDouble() * 0.2);
    }

    private static Faults clocks(Prng random) {
        return NONE.with(FaultKind.CLOCK_JUMP, rate(random, 0.1))
                .with(FaultKind.DRIFT, rate(random, 0.5))
                .with(FaultKind.SUSPEND, rate(random, 0.1));
    }

    private static Faults sickDisks(Prng random) {
        return NONE.with(FaultKind.FULL_DISK, rate(random, 0.1))
                .with(FaultKind.FAILED_FORCE, rate(random, 0.1))
                .with(FaultKind.BIT_ROT, rate(random, 0.3))
                .with(FaultKind.LOST_FILE, rate(random, 0.1))
                .with(FaultKind.LYING_FORCE, rate(random, 0.1))
                .with(FaultKind.WIPE, rate(random, 0.1));
    }

    private Faults and(Faults others) {
        EnumMap<FaultKind, Double> both = new EnumMap<>(rates);
        both.putAll(others.rates);
        return new Faults(both, delays, lossesMax);
    }

    private static double rate(Prng random, double most) {
        return random.chance(0.3) ? 0 : random.nextDouble() * most;
    }

    private static double chance(Prng random, double leftOut, double most) {
        return random.chance(leftOut) ? 0 : random.nextDouble() * most;
    }

    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        rates.forEach((kind, rate) -> words.add("%s %.4f".formatted(kind.label(), rate)));
        return words + ", at most " + lossesMax + " nodes lose data";
    }
}
