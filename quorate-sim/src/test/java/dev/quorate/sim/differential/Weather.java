package dev.quorate.sim.differential;

import dev.quorate.sim.Prng;
import java.util.ArrayList;
import java.util.List;

/// What happens to a group of three, fixed by a seed before anything runs: the same for every
/// implementation.
///
/// @param faults in the order of their moments
/// @param seed names how messages fare, too
record Weather(long seed, List<Fault> faults) {
    static final int NODES = 3;
    static final long SECOND = 1_000_000_000L;

    /// After this there are no more faults: all links are up and all nodes run.
    static final long CALM_NANOS = 90 * SECOND;

    /// Something that happens at a moment.
    sealed interface Fault {
        long nanos();

        /// No message gets from one node to the other any more.
        record Cut(long nanos, int from, int to) implements Fault {}

        /// All links are up again.
        record Heal(long nanos) implements Fault {}

        /// A process dies: what was not durable is lost.
        record Crash(long nanos, int node) implements Fault {}

        /// It is started again.
        record Restart(long nanos, int node) implements Fault {}
    }

    Weather {
        faults = List.copyOf(faults);
    }

    static Weather drawn(long seed) {
        Prng random = new Prng(seed);
        List<Fault> faults = new ArrayList<>();
        long now = 8 * SECOND;
        while (now < CALM_NANOS - 10 * SECOND) {
            int node = random.nextInt(NODES);
            switch (random.nextInt(5)) {
                case 0 -> isolate(faults, now, node);
                case 1 -> faults.add(new Fault.Cut(now, node, (node + 1) % NODES));
                case 2 -> {
                    for (int from = 0; from < NODES; from++) {
                        if (from != node) {
                            faults.add(new Fault.Cut(now, from, node));
                        }
                    }
                }
                default -> {
                    faults.add(new Fault.Crash(now, node));
                    long down = random.nextLong(SECOND / 10, 8 * SECOND);
                    faults.add(new Fault.Restart(now + down, node));
                }
            }
            if (random.chance(0.6)) {
                faults.add(new Fault.Heal(now + random.nextLong(SECOND, 8 * SECOND)));
            }
            now += random.nextLong(SECOND, 9 * SECOND);
        }
        faults.sort((a, b) -> Long.compare(a.nanos(), b.nanos()));
        faults.add(new Fault.Heal(CALM_NANOS));
        for (int node = 0; node < NODES; node++) {
            faults.add(new Fault.Restart(CALM_NANOS, node));
        }
        return new Weather(seed, faults);
    }

    private static void isolate(List<Fault> faults, long now, int node) {
        for (int other = 0; other < NODES; other++) {
            if (other != node) {
                faults.add(new Fault.Cut(now, node, other));
                faults.add(new Fault.Cut(now, other, node));
            }
        }
    }
}
