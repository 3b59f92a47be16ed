package dev.quorate.placement;

import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;

/// Highest-random-weight hashing: each pair of group and node has a weight that depends on nothing
/// else, so that ties are broken the same way everywhere and nodes that come or go change few of
/// them.
///
/// @see <a href="https://doi.org/10.1109/90.663936">Thaler and Ravishankar, "Using Name-Based
///   Mappings to Increase Hit Rates", 1998</a>
final class Rendezvous {
    private Rendezvous() {}

    static long weight(GroupId group, NodeId node) {
        return mix(group.value() * 0x9e3779b97f4a7c15L ^ mix(node.value()));
    }

    /// The finalizer of SplitMix64.
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
