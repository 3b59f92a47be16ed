package dev.quorate.core;

import dev.quorate.raft.Configuration;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The changes of members and of leader that were asked for on this node, until they are complete.
final class GroupChanges {
    /// What a change of members wants.
    record Wanted(Request request, List<Member> voters, List<Member> learners) {
        boolean isMetBy(Configuration configuration) {
            return !configuration.isJoint()
                    && same(voters, configuration.voters())
                    && same(learners, configuration.learners());
        }

        private static boolean same(List<Member> some, List<Member> others) {
            return new LinkedHashSet<>(some).equals(new LinkedHashSet<>(others));
        }
    }

    private record Transfer(Request request, @Nullable NodeId target) {}

    private final List<Wanted> changes = new ArrayList<>();
    private final List<Transfer> transfers = new ArrayList<>();

    void change(Wanted wanted) {
        changes.add(wanted);
    }

    void transfer(Request request, @Nullable NodeId target) {
        transfers.add(new Transfer(request, target));
    }

    /// Changes that this configuration completes, now that it is committed.
    List<Request> completedBy(Configuration configuration) {
        List<Request> done = new ArrayList<>();
        changes.removeIf(wanted -> wanted.isMetBy(configuration) && done.add(wanted.request()));
        return done;
    }

    /// Transfers that another leader completes.
    List<Request> completedBy(NodeId leader) {
        List<Request> done = new ArrayList<>();
        transfers.removeIf(transfer ->
                (transfer.target() == null || transfer.target().equals(leader))
                        && done.add(transfer.request()));
        return done;
    }

    /// All transfers: the hand-over was given up.
    List<Request> abandoned() {
        List<Request> failed = new ArrayList<>();
        transfers.forEach(transfer -> failed.add(transfer.request()));
        transfers.clear();
        return failed;
    }

    void forget(Request request) {
        changes.removeIf(wanted -> wanted.request() == request);
        transfers.removeIf(transfer -> transfer.request() == request);
    }
}
