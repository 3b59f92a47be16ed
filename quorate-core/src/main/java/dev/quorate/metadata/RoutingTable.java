package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The directory: which group owns a vShard, since which epoch, and who makes up each group.
///
/// Immutable. Look-ups take constant time: group ids are issued without gaps, so they index a list.
public final class RoutingTable {
    /// Nothing is placed.
    public static final RoutingTable EMPTY = empty();

    /// Most groups, group 0 included.
    public static final int GROUPS_MAX = 4096;

    private static final int NOBODY = -1;

    /// VShards whose owners are copied together when one of them changes: the whole table, for each
    /// of the 1024 changes that found a cluster, would be 12 MB of copying at every start.
    private static final int CHUNK = 32;

    private final List<GroupInfo> groups;
    private final int[][] owners;
    private final long[][] epochs;

    private RoutingTable(List<GroupInfo> groups, int[][] owners, long[][] epochs) {
        this.groups = groups;
        this.owners = owners;
        this.epochs = epochs;
    }

    /// The group that owns the vShard, or null before the cluster was founded.
    public @Nullable GroupId groupOf(VShardId vshard) {
        int owner = owner(vshard.value());
        return owner == NOBODY ? null : groups.get(owner).id();
    }

    /// Since which epoch the vShard's owner owns it; 0 while nobody does.
    public long epochOf(VShardId vshard) {
        return epochs[vshard.value() / CHUNK][vshard.value() % CHUNK];
    }

    /// The group, or null when there is no such one.
    public @Nullable GroupInfo group(GroupId id) {
        return id.value() < groups.size() ? groups.get((int) id.value()) : null;
    }

    /// All groups by ascending id, group 0 first.
    public List<GroupInfo> groups() {
        return groups;
    }

    /// The vShards that the group owns, ascending.
    public List<VShardId> vshardsOf(GroupId group) {
        List<VShardId> owned = new ArrayList<>();
        for (int v = 0; v < VShardId.COUNT; v++) {
            if (owner(v) != NOBODY && owner(v) == group.value()) {
                owned.add(new VShardId(v));
            }
        }
        return List.copyOf(owned);
    }

    /// The same directory with the group replaced, or added if its id is the next one.
    RoutingTable with(GroupInfo group) {
        int at = (int) group.id().value();
        if (group.id().value() > groups.size() || at >= GROUPS_MAX) {
            throw new IllegalArgumentException(
                    "group ids have no gaps: after "
                            + groups.size()
                            + " groups comes not "
                            + group.id());
        }
        List<GroupInfo> next = new ArrayList<>(groups);
        if (at < groups.size()) {
            next.set(at, group);
        } else {
            next.add(group);
        }
        return new RoutingTable(List.copyOf(next), owners, epochs);
    }

    /// The same directory with the vShard owned by an existing data group.
    RoutingTable with(VShardId vshard, GroupId group, long epoch) {
        if (group(group) == null || group.equals(GroupId.METADATA) || epoch < 1) {
            throw new IllegalArgumentException(
                    vshard + " cannot belong to " + group + " at epoch " + epoch);
        }
        int chunk = vshard.value() / CHUNK;
        int[][] nextOwners = owners.clone();
        long[][] nextEpochs = epochs.clone();
        nextOwners[chunk] = owners[chunk].clone();
        nextEpochs[chunk] = epochs[chunk].clone();
        nextOwners[chunk][vshard.value() % CHUNK] = (int) group.value();
        nextEpochs[chunk][vshard.value() % CHUNK] = epoch;
        return new RoutingTable(groups, nextOwners, nextEpochs);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof RoutingTable that
                && groups.equals(that.groups)
                && Arrays.deepEquals(owners, that.owners)
                && Arrays.deepEquals(epochs, that.epochs);
    }

    @Override
    public int hashCode() {
        return 31 * groups.hashCode() + Arrays.deepHashCode(epochs);
    }

    @Override
    public String toString() {
        return "RoutingTable[" + groups.size() + " groups]";
    }

    private static RoutingTable empty() {
        int[][] owners = new int[VShardId.COUNT / CHUNK][CHUNK];
        for (int[] chunk : owners) {
            Arrays.fill(chunk, NOBODY);
        }
        return new RoutingTable(List.of(), owners, new long[VShardId.COUNT / CHUNK][CHUNK]);
    }

    private int owner(int vshard) {
        return owners[vshard / CHUNK][vshard % CHUNK];
    }
}
