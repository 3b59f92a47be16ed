package dev.quorate.raft;

import dev.quorate.types.Member;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads that wait for a leader to be confirmed (thesis §6.4). All that came since the last round
/// share the next one; rounds are told apart by number, so that an old answer releases nothing.
final class Reads {
    /// Who wants to read.
    ///
    /// @param key the request's id where it was asked
    /// @param follower the replica that asks for it; null for a request of this node
    record Asker(long key, @Nullable Member follower) {}

    /// Reads that one confirmation round will release, all at once.
    private record Round(long number, long readIndex, List<Asker> askers) {}

    private final ArrayList<Asker> waiting = new ArrayList<>();
    private final ArrayDeque<Round> rounds = new ArrayDeque<>();

    void add(Asker asker) {
        waiting.add(asker);
    }

    /// Whether a round must be started.
    boolean needRound() {
        return !waiting.isEmpty();
    }

    /// All that wait are part of this round.
    ///
    /// @param readIndex the commit index now: what the reads must see
    void started(long number, long readIndex) {
        rounds.add(new Round(number, readIndex, List.copyOf(waiting)));
        waiting.clear();
    }

    /// Releases the reads of all rounds that a quorum has answered.
    void release(long term, long confirmedRound, Effects out) {
        while (!rounds.isEmpty() && confirmedRound >= rounds.getFirst().number()) {
            Round confirmed = rounds.removeFirst();
            for (Asker asker : confirmed.askers()) {
                ready(term, asker, confirmed.readIndex(), /* lease= */ false, out);
            }
        }
    }

    /// Tells one asker up to where it must have applied.
    static void ready(long term, Asker asker, long index, boolean lease, Effects out) {
        Member follower = asker.follower();
        out.emit(
                follower == null
                        ? new RaftEffect.ReadReady(asker.key(), index, lease)
                        : new RaftEffect.Send(
                                follower,
                                new RaftMessage.ReadIndexReply(term, asker.key(), index)));
    }

    /// Gives up on all: we no longer lead. Followers notice by themselves.
    void fail(Effects out) {
        for (Round round : rounds) {
            round.askers().forEach(asker -> refuse(asker, out));
        }
        waiting.forEach(asker -> refuse(asker, out));
        rounds.clear();
        waiting.clear();
    }

    private static void refuse(Asker asker, Effects out) {
        if (asker.follower() == null) {
            out.emit(
                    new RaftEffect.NotTaken(
                            asker.key(), RaftEffect.Reason.NOT_LEADER, /* leader= */ null));
        }
    }
}
