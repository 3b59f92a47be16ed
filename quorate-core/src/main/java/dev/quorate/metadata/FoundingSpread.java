package dev.quorate.metadata;

import java.util.ArrayList;
import java.util.List;

/// Spreads the first replicas over the founders: leaders in turn, followers where least is held,
/// and different followers each time, so that one lost node burdens all others alike.
final class FoundingSpread {
    private final int nodes;
    private final int groups;
    private final int replicas;
    private final int[] held;
    private final int[][] together;

    FoundingSpread(int nodes, int groups, int replicas) {
        this.nodes = nodes;
        this.groups = groups;
        this.replicas = replicas;
        held = new int[nodes];
        together = new int[Math.min(nodes, groups)][nodes];
    }

    /// For each group the places of its members in the list of founders, leader first.
    List<int[]> places() {
        // all leaderships count from the start: a node yet to lead must not be filled up before
        for (int g = 0; g < groups; g++) {
            held[g % nodes]++;
        }
        List<int[]> places = new ArrayList<>();
        for (int g = 0; g < groups; g++) {
            places.add(group(g % nodes));
        }
        boolean moved = true;
        while (moved) {
            moved = level(places);
        }
        return places;
    }

    /// Moves one follower from where most is held to where least is; the last groups cannot always
    /// choose well.
    private boolean level(List<int[]> places) {
        int most = 0;
        int least = 0;
        for (int node = 1; node < nodes; node++) {
            most = held[node] > held[most] ? node : most;
            least = held[node] < held[least] ? node : least;
        }
        if (held[most] - held[least] <= 1) {
            return false;
        }
        for (int[] group : places) {
            int at = position(group, most);
            if (at > 0 && position(group, least) < 0) {
                group[at] = least;
                held[most]--;
                held[least]++;
                return true;
            }
        }
        return false;
    }

    private static int position(int[] group, int node) {
        for (int j = 0; j < group.length; j++) {
            if (group[j] == node) {
                return j;
            }
        }
        return -1;
    }

    private int[] group(int leader) {
        int[] places = new int[replicas];
        places[0] = leader;
        boolean[] taken = new boolean[nodes];
        taken[leader] = true;
        for (int j = 1; j < replicas; j++) {
            int best = follower(leader, taken);
            taken[best] = true;
            held[best]++;
            together[leader][best]++;
            places[j] = best;
        }
        return places;
    }

    private int follower(int leader, boolean[] taken) {
        int best = -1;
        for (int step = 1; step < nodes; step++) {
            int node = (leader + step) % nodes;
            if (!taken[node] && (best < 0 || isBetter(leader, node, best))) {
                best = node;
            }
        }
        return best;
    }

    private boolean isBetter(int leader, int node, int best) {
        if (held[node] != held[best]) {
            return held[node] < held[best];
        }
        return together[leader][node] < together[leader][best];
    }
}
