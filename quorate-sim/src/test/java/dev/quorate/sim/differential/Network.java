package dev.quorate.sim.differential;

import dev.quorate.sim.Prng;

/// Loses, delays and reorders messages.
final class Network {
    private static final long SLOW_NANOS = 400_000_000L;

    private final Timeline time;
    private final Prng random;
    private final boolean[][] cut = new boolean[Weather.NODES][Weather.NODES];
    private boolean calm;

    Network(Timeline time, long seed) {
        this.time = time;
        this.random = new Prng(seed);
    }

    void send(int from, int to, Runnable arrival) {
        if (cut[from][to] || (!calm && random.chance(0.03))) {
            return;
        }
        long delay = random.nextLong(100_000L, 5_000_000L);
        if (!calm && random.chance(0.02)) {
            delay += SLOW_NANOS;
        }
        time.after(delay, arrival);
    }

    void cut(int from, int to) {
        cut[from][to] = true;
    }

    void heal() {
        for (boolean[] links : cut) {
            java.util.Arrays.fill(links, false);
        }
    }

    /// No message is lost or late from now on.
    void calm() {
        calm = true;
    }
}
