package dev.quorate.core;

import dev.quorate.types.LogPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The writes of one group that this node has proposed, until it is known what came of each.
///
/// A write is told apart by its place in the log: term and index. What was proposed in an earlier
/// term may still be committed by others, so it stays in doubt until its index is applied here, or
/// its deadline comes (rule R20).
final class GroupWrites {
    private final ArrayDeque<Request> proposed = new ArrayDeque<>();
    private final List<Request> doubtful = new ArrayList<>();

    /// Hears how a proposed write ended.
    interface Settled {
        /// The entry at its place is its own, and was applied.
        void applied(Request request);

        /// Another entry was committed in its place, or before it in a later term: it never will
        /// be.
        void replaced(Request request);
    }

    void proposed(Request request, LogPosition at) {
        request.proposed(at);
        proposed.add(request);
    }

    /// The replica entered a term, leading it or not.
    void term(long term, boolean leads) {
        while (!proposed.isEmpty() && (!leads || proposed.getFirst().position().term() != term)) {
            doubtful.add(proposed.removeFirst());
        }
    }

    /// The entry at this place was applied.
    void applied(LogPosition at, Settled settled) {
        while (!proposed.isEmpty() && proposed.getFirst().position().index() <= at.index()) {
            settle(proposed.removeFirst(), at, settled);
        }
        for (int i = doubtful.size() - 1; i >= 0; i--) {
            if (doubtful.get(i).position().index() <= at.index()) {
                settle(doubtful.remove(i), at, settled);
            }
        }
    }

    private static void settle(Request request, LogPosition at, Settled settled) {
        request.settled();
        if (request.position().equals(at)) {
            settled.applied(request);
        } else {
            settled.replaced(request);
        }
    }

    /// A snapshot has taken the place of everything up to `index`: what came of the writes there is
    /// not known here, and never will be.
    List<Request> skipped(long index) {
        List<Request> lost = new ArrayList<>();
        proposed.removeIf(request -> request.position().index() <= index && lost.add(request));
        doubtful.removeIf(request -> request.position().index() <= index && lost.add(request));
        return lost;
    }

    void forget(Request request) {
        if (!proposed.remove(request)) {
            doubtful.remove(request);
        }
    }
}
