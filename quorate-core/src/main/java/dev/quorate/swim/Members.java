package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.List;

/// Who belongs to the cluster, by group 0. The only source of members: rumours about others are not
/// heard.
///
/// @param version grows with every change; an older one is ignored
/// @param nodes all members, the node itself among them or not
public record Members(long version, List<NodeId> nodes) {
    /// Most members.
    public static final int COUNT_MAX = 4096;

    public Members {
        nodes = nodes.stream().distinct().sorted().toList();
        if (nodes.size() > COUNT_MAX) {
            throw new IllegalArgumentException(
                    nodes.size() + " members; at most " + COUNT_MAX + " are supported");
        }
    }
}
