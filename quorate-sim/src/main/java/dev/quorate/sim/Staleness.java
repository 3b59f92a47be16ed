package dev.quorate.sim;

import dev.quorate.types.GroupId;
import java.util.Map;
import java.util.TreeMap;

/// What a bounded read must include: everything acknowledged longer ago than its bound, give or
/// take what the nodes' wall clocks differ (rule R15).
final class Staleness {
    /// The wall clocks of two nodes differ by at most this, unless one has jumped.
    private static final long SKEW_NANOS = 2_000L * SimClock.SKEW_MICROS_MAX;

    private final World world;
    private final Map<GroupId, TreeMap<Long, Long>> acknowledged = new TreeMap<>();

    Staleness(World world) {
        this.world = world;
    }

    /// A write was acknowledged.
    void acknowledged(GroupId group, long index, long nowNanos) {
        TreeMap<Long, Long> byTime = acknowledged.computeIfAbsent(group, _ -> new TreeMap<>());
        long before = byTime.isEmpty() ? 0 : byTime.lastEntry().getValue();
        byTime.put(nowNanos, Math.max(before, index));
    }

    /// The index that a read asked for at `calledNanos` must have seen.
    long mustHave(GroupId group, long calledNanos, long boundNanos) {
        if (world.clocksJumped()) {
            return 0;
        }
        Map.Entry<Long, Long> last =
                acknowledged
                        .getOrDefault(group, new TreeMap<>())
                        .floorEntry(calledNanos - boundNanos - SKEW_NANOS);
        return last == null ? 0 : last.getValue();
    }
}
