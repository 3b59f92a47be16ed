package dev.quorate.raft;

import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// A leader's view of its voters: what a majority of every set of them agrees on. Built once per
/// configuration, so that counting allocates nothing.
final class Quorum {
    private final @Nullable Progress[] voters;
    private final @Nullable Progress[] outgoing;
    private final long[] scratch;

    /// Finds what the leader knows of a member; null for the leader itself.
    interface Lookup {
        @Nullable Progress of(ReplicaId replica);
    }

    Quorum(Configuration configuration, Lookup lookup) {
        voters = collect(configuration.voters(), lookup);
        outgoing = collect(configuration.outgoing(), lookup);
        scratch = new long[Math.max(voters.length, outgoing.length)];
    }

    private static @Nullable Progress[] collect(List<Member> members, Lookup lookup) {
        @Nullable Progress[] known = new @Nullable Progress[members.size()];
        for (int i = 0; i < known.length; i++) {
            known[i] = lookup.of(members.get(i).replica());
        }
        return known;
    }

    /// The greatest value that a majority of every set of voters has reached.
    ///
    /// @param own the leader's own value, counted only where it votes
    long agreed(ToLongFunction<Progress> measure, long own) {
        long agreed = agreed(voters, measure, own);
        return outgoing.length == 0 ? agreed : Math.min(agreed, agreed(outgoing, measure, own));
    }

    private long agreed(@Nullable Progress[] set, ToLongFunction<Progress> measure, long own) {
        for (int i = 0; i < set.length; i++) {
            Progress voter = set[i];
            scratch[i] = voter == null ? own : measure.applyAsLong(voter);
        }
        Arrays.sort(scratch, 0, set.length);
        return scratch[(set.length - 1) / 2];
    }
}
