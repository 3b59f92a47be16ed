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
/// There is one exception: a node holds one replica of a group at a time, so a newcomer on a node
/// whose earlier replica still votes cannot come before that one has gone. It goes first then, one
/// at a time, and others hold the place of a newcomer who would be alone.
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
    /// @param answering members that answered lately: unless they are a majority of the next
    ///   voters, the swap might never be committed, and nothing else behind it
    static @Nullable Step next(
            GroupInfo wanted,
            Configuration current,
            List<Member> promotable,
            List<Member> answering) {
        if (wanted.members().isEmpty() || current.isJoint()) {
            return null;
        }
        List<Member> goal = within(wanted, current, promotable);
        Set<Member> voters = new HashSet<>(current.voters());
        List<Member> newcomers = new ArrayList<>(goal);
        newcomers.removeIf(voters::contains);
        Set<Member> learners = new HashSet<>(current.learners());
        if (promotable.containsAll(newcomers)) {
            List<Member> listeners = without(wanted.listeners(), goal);
            boolean settled =
                    voters.equals(new HashSet<>(goal)) && learners.equals(new HashSet<>(listeners));
            return settled || !isMajority(goal, answering) ? null : new Step(goal, listeners);
        }
        List<Member> next = new ArrayList<>(newcomers);
        next.addAll(without(without(wanted.listeners(), newcomers), current.voters()));
        return learners.equals(new HashSet<>(next)) ? null : new Step(current.voters(), next);
    }

    /// Whether the group is as group 0 wants it.
    static boolean isSettled(GroupInfo wanted, Configuration current) {
        return !current.isJoint()
                && new HashSet<>(current.voters()).equals(new HashSet<>(wanted.members()))
                && new HashSet<>(current.learners())
                        .equals(new HashSet<>(without(wanted.listeners(), wanted.members())));
    }

    private static boolean isMajority(List<Member> goal, List<Member> answering) {
        return 2 * goal.stream().filter(answering::contains).count() > goal.size();
    }

    private static List<Member> without(List<Member> members, List<Member> others) {
        return members.stream().filter(member -> !others.contains(member)).toList();
    }

    /// The voters that can be had by the next swap. Where an earlier replica is in the way, the
    /// first such node does without, and the others keep theirs for now; if that leaves nobody,
    /// others that vote hold the place.
    private static List<Member> within(
            GroupInfo wanted, Configuration current, List<Member> promotable) {
        List<Member> goal = new ArrayList<>();
        boolean oneGoes = false;
        for (Member member : wanted.members()) {
            Member earlier = inTheWay(member, wanted, current);
            if (earlier == null) {
                goal.add(member);
            } else if (oneGoes) {
                goal.add(earlier);
            } else {
                oneGoes = true;
            }
        }
        return goal.isEmpty() ? placeholders(wanted, current, promotable) : goal;
    }

    /// Who holds the place for the only one wanted: whoever votes and is not in its way, or a
    /// learner that keeps up.
    private static List<Member> placeholders(
            GroupInfo wanted, Configuration current, List<Member> promotable) {
        List<Member> voters = notInTheWay(wanted, current.voters());
        return voters.isEmpty()
                ? notInTheWay(wanted, promotable).stream().limit(1).toList()
                : voters;
    }

    private static List<Member> notInTheWay(GroupInfo wanted, List<Member> some) {
        return some.stream()
                .filter(one ->
                        wanted.members().stream()
                                .noneMatch(member -> member.node().equals(one.node())))
                .toList();
    }

    /// The replica on the same node that still votes; null if there is none. One in quarantine is
    /// in nobody's way: its node has ended it.
    private static @Nullable Member inTheWay(
            Member newcomer, GroupInfo wanted, Configuration current) {
        for (Member voter : current.voters()) {
            if (voter.node().equals(newcomer.node())
                    && !current.voters().contains(newcomer)
                    && !wanted.isQuarantined(voter.replica())) {
                return voter;
            }
        }
        return null;
    }
}
