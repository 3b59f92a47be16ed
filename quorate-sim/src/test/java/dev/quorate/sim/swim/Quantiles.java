package dev.quorate.sim.swim;

import java.util.List;

/// Figures of many runs.
final class Quantiles {
    private static final System.Logger LOG = System.getLogger("dev.quorate.sim.swim");

    private Quantiles() {}

    /// Shows what was measured.
    static void show(String figures) {
        LOG.log(System.Logger.Level.INFO, figures);
    }

    /// The smallest value that is not below the given share of all.
    static long of(List<Long> values, double share) {
        List<Long> sorted = values.stream().sorted().toList();
        int rank = (int) Math.ceil(share * sorted.size());
        return sorted.get(Math.max(0, rank - 1));
    }
}
