package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.types.Member;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a group comes from the members it has to those that group 0 wants: add them as learners,
/// wait until they keep up, then swap voters in one joint change, so that it never has fewer voters
/// than wanted by our doing.
///
/// A pure function that remembers nothing: whoever leads the group goes on from what is there.
final class Reconciling {
    private Reconciling() {}

    /// The next change of members.
    record Step(List<Member> voters, List<Member> learners) {}

    /// What to do next; null while there is nothing to do, or something must be waited for.
    ///
    /// @param wanted where the replicas shall be, by group 0's command
    /// @param current the committed configuration, not joint
    /// @param promotable learners that keep up
    static @Nullable Step next(GroupInfo wanted, Configuration current, List<Member> promotable) {
        List<Member> goal = wanted.members();
        if (goal.isEmpty() || current.isJoint()) {
            return null;
        }
        Set<Member> voters = new HashSet<>(current.voters());
        List<Member> newcomers = new ArrayList<>();
        boolean allReady = true;
        for (Member member : goal) {
            if (!voters.contains(member)) {
                newcomers.add(member);
                allReady &= promotable.contains(member);
            }
        }
        if (newcomers.isEmpty() || allReady) {
            boolean settled = voters.equals(new HashSet<>(goal)) && current.learners().isEmpty();
            return settled ? null : new Step(goal, List.of());
        }
        return new HashSet<>(newcomers).equals(new HashSet<>(current.learners()))
                ? null
                : new Step(current.voters(), newcomers);
    }
}
