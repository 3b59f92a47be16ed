package dev.quorate.swim;

import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Who is thought to lead which group, as far as that is worth a try: hints at a node that is dead
/// or has left are withheld, at a suspect they are kept, and at one that comes back they count
/// again. Hints only: a wrong one costs a redirect.
///
/// Not thread-safe: whoever owns the failure detector owns this.
public final class RoutingHints implements MembershipSubscriber {
    /// Most groups remembered; hints for more are not taken.
    public static final int GROUPS_MAX = 65_536;

    private record Hint(NodeId leader, long term) {}

    private final Map<GroupId, Hint> hints = new TreeMap<>();
    private final Set<NodeId> absent = new TreeSet<>();

    /// No hints yet; everybody is presumed to be there.
    public RoutingHints() {
        // nothing to take over
    }

    /// Someone says who leads a group; an older term is not heard.
    public void learn(GroupId group, NodeId leader, long term) {
        Hint held = hints.get(group);
        boolean newer = held == null ? hints.size() < GROUPS_MAX : term >= held.term();
        if (newer) {
            hints.put(group, new Hint(leader, term));
        }
    }

    /// The group is gone, or its leader turned out to be another.
    public void forget(GroupId group) {
        hints.remove(group);
    }

    /// The member is gone for good, and its id is not given out again.
    public void forget(NodeId member) {
        absent.remove(member);
        hints.values().removeIf(hint -> hint.leader().equals(member));
    }

    /// Whom to try first; null when nobody is known to be there.
    public @Nullable NodeId leaderOf(GroupId group) {
        Hint hint = hints.get(group);
        return hint == null || absent.contains(hint.leader()) ? null : hint.leader();
    }

    @Override
    public void changed(Transition transition) {
        if (transition.after().isPresent()) {
            absent.remove(transition.member());
        } else {
            absent.add(transition.member());
        }
    }
}
