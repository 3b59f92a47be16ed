package dev.quorate.sim;

import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.types.GroupId;
import java.util.TreeMap;

/// Fetches snapshots for a node, each in one piece, after a while: how pieces travel is not
/// simulated.
final class Fetching {
    private final SimNode node;
    private final SimNetwork network;
    private final SimSnapshots snapshots;
    private final TreeMap<GroupId, Long> begun = new TreeMap<>();

    Fetching(SimNode node, SimNetwork network, SimSnapshots snapshots) {
        this.node = node;
        this.network = network;
        this.snapshots = snapshots;
    }

    void fetch(NodeEffect.FetchSnapshot fetch) {
        GroupId group = fetch.group();
        long mine = snapshots.begin(group);
        begun.merge(group, 1L, Long::sum);
        node.plan(
                node.random().nextLong(1_000_000L, 300_000_000L),
                () -> {
                    if (!snapshots.isCurrent(group, mine)) {
                        return;
                    }
                    SimSnapshots.Content content = network.fetch(node.id(), fetch.from(), fetch);
                    if (content == null) {
                        node.post(
                                new NodeInput.SnapshotFailed(
                                        group, fetch.meta(), fetch.from() + " does not serve it"));
                    } else {
                        snapshots.stage(group, fetch.meta(), content);
                        node.post(new NodeInput.SnapshotFetched(group, fetch.meta()));
                    }
                });
    }

    /// How many snapshots of a group were begun to be fetched.
    long count(GroupId group) {
        return begun.getOrDefault(group, 0L);
    }
}
