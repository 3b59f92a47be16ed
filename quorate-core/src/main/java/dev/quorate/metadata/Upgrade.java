package dev.quorate.metadata;

import org.jspecify.annotations.Nullable;

/// Decides when the cluster goes over to a newer version of its formats: not before every node can
/// speak it. Until then each node may go back to its old build; afterwards the old build is
/// refused.
public final class Upgrade {
    /// Value of [ClusterSettings#UPGRADE_FINALIZE] that keeps the old version until an operator
    /// changes it.
    public static final String MANUAL = "manual";

    private Upgrade() {}

    /// The newest version that every node speaks; the cluster's own when there is no newer one.
    public static int reachable(MetadataView view) {
        int newest = WireRange.VERSION_MAX;
        boolean any = false;
        for (NodeInfo node : view.topology().nodes()) {
            if (node.state() != NodeState.DECOMMISSIONED) {
                newest = Math.min(newest, node.wire().max());
                any = true;
            }
        }
        return any ? Math.max(view.version(), newest) : view.version();
    }

    /// What finalizes the upgrade; null when there is none, or an operator wants to decide. A pure
    /// function of the view: propose it as often as you like.
    public static MetadataEntry.@Nullable ClusterVersionBump next(MetadataView view) {
        boolean manual = MANUAL.equals(view.settings().get(ClusterSettings.UPGRADE_FINALIZE));
        return manual ? null : finalization(view);
    }

    /// What an operator proposes to finalize by hand; null when there is nothing to finalize.
    public static MetadataEntry.@Nullable ClusterVersionBump finalization(MetadataView view) {
        int reachable = reachable(view);
        return reachable > view.version()
                ? new MetadataEntry.ClusterVersionBump(view.version(), reachable)
                : null;
    }
}
