package dev.quorate.metadata;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Who may plan against which version of a descriptor, and which versions drain.
///
/// @param leases by descriptor and node, one for each pair; some may have run off
/// @param drains by descriptor, one for each; some may have run off
public record DescriptorTable(List<DescriptorLease> leases, List<Drain> drains) {
    /// No leases and no drains.
    public static final DescriptorTable EMPTY = new DescriptorTable(List.of(), List.of());

    /// Leases at one time.
    public static final int LEASES_MAX = 65_536;

    /// Drains at one time.
    public static final int DRAINS_MAX = 4096;

    private static final Comparator<DescriptorLease> BY_DESCRIPTOR_AND_NODE =
            Comparator.comparing(DescriptorLease::descriptor).thenComparing(DescriptorLease::node);

    /// Versions of a descriptor on which no lease is granted.
    public record Drain(DescriptorId descriptor, long upToVersion, long expiresAtMicros) {
        public Drain {
            GroupInfo.requireNotNegative("version", upToVersion);
            GroupInfo.requireNotNegative("expiry", expiresAtMicros);
        }

        /// Whether it still holds at that log time.
        public boolean isLive(long stampMicros) {
            return stampMicros < expiresAtMicros;
        }
    }

    public DescriptorTable {
        leases = List.copyOf(leases);
        drains = List.copyOf(drains);
        if (leases.size() > LEASES_MAX || drains.size() > DRAINS_MAX) {
            throw new IllegalArgumentException("too many leases or drains");
        }
        for (int i = 1; i < leases.size(); i++) {
            if (BY_DESCRIPTOR_AND_NODE.compare(leases.get(i - 1), leases.get(i)) >= 0) {
                throw new IllegalArgumentException("leases must ascend");
            }
        }
        for (int i = 1; i < drains.size(); i++) {
            if (drains.get(i - 1).descriptor().compareTo(drains.get(i).descriptor()) >= 0) {
                throw new IllegalArgumentException("drains must ascend");
            }
        }
    }

    /// The node's lease on the descriptor, live or not; null when there is none.
    public @Nullable DescriptorLease lease(DescriptorId descriptor, NodeId node) {
        for (DescriptorLease lease : leases) {
            if (lease.descriptor().equals(descriptor) && lease.node().equals(node)) {
                return lease;
            }
        }
        return null;
    }

    /// The descriptor's drain, live or not; null when there is none.
    public @Nullable Drain drain(DescriptorId descriptor) {
        for (Drain drain : drains) {
            if (drain.descriptor().equals(descriptor)) {
                return drain;
            }
        }
        return null;
    }

    /// Whether nobody may plan against these versions any more: what an alteration waits for.
    public boolean isDrained(DescriptorId descriptor, long upToVersion, long stampMicros) {
        Drain drain = drain(descriptor);
        return drain != null
                && drain.isLive(stampMicros)
                && drain.upToVersion() >= upToVersion
                && leases.stream()
                        .noneMatch(lease ->
                                lease.descriptor().equals(descriptor)
                                        && lease.version() <= upToVersion
                                        && lease.isLive(stampMicros));
    }

    DescriptorTable with(DescriptorLease lease) {
        List<DescriptorLease> next = new ArrayList<>(leases);
        next.removeIf(other -> BY_DESCRIPTOR_AND_NODE.compare(other, lease) == 0);
        next.add(lease);
        next.sort(BY_DESCRIPTOR_AND_NODE);
        return new DescriptorTable(next, drains);
    }

    DescriptorTable with(Drain drain) {
        List<Drain> next = new ArrayList<>(withoutDrain(drain.descriptor()).drains);
        next.add(drain);
        next.sort(Comparator.comparing(Drain::descriptor));
        return new DescriptorTable(leases, next);
    }

    DescriptorTable withoutDrain(DescriptorId descriptor) {
        return new DescriptorTable(
                leases,
                drains.stream().filter(drain -> !drain.descriptor().equals(descriptor)).toList());
    }

    DescriptorTable without(Predicate<DescriptorLease> gone) {
        return leases.stream().noneMatch(gone)
                ? this
                : new DescriptorTable(leases.stream().filter(gone.negate()).toList(), drains);
    }

    /// Without what has run off.
    DescriptorTable swept(long stampMicros) {
        return new DescriptorTable(
                leases.stream().filter(lease -> lease.isLive(stampMicros)).toList(),
                drains.stream().filter(drain -> drain.isLive(stampMicros)).toList());
    }
}
