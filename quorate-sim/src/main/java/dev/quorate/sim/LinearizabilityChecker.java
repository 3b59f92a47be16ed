package dev.quorate.sim;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Decides whether the history of one register could have come from a register that does one thing
/// at a time.
///
/// Searches the orders that respect time, depth first, and never the same (operations done, value)
/// twice (Wing and Gong 1993; Lowe 2017). Unanswered operations whose value nobody ever saw are
/// left out first: nothing can depend on them.
///
/// @see <a href="https://doi.org/10.1002/cpe.3928">Lowe, "Testing for linearizability", 2017</a>
public final class LinearizabilityChecker {
    /// What was found.
    public enum Verdict {
        /// Some order explains every answer.
        LINEARIZABLE,
        /// No order does.
        VIOLATED,
        /// The search was given up.
        UNDECIDED,
    }

    private record State(BitSet done, long value) {}

    /// An operation's call or return, in a list from which operations are lifted once done.
    private static final class Node {
        private final int operation;
        private final boolean isCall;
        private Node before = this;
        private Node after = this;
        private Node counterpart = this;

        Node(int operation, boolean isCall) {
            this.operation = operation;
            this.isCall = isCall;
        }

        void unlink() {
            before.after = after;
            after.before = before;
        }

        void relink() {
            before.after = this;
            after.before = this;
        }
    }

    private final long stepsMax;

    /// @param stepsMax how long to search before giving up
    public LinearizabilityChecker(long stepsMax) {
        this.stepsMax = stepsMax;
    }

    /// Checks the history of one register that holds 0 at first.
    public Verdict check(List<Operation> history) {
        List<Operation> relevant = withoutUnobserved(history);
        int answered = (int) relevant.stream().filter(Operation::isAnswered).count();
        Node head = linked(relevant);
        BitSet done = new BitSet(relevant.size());
        Set<State> seen = new HashSet<>();
        List<Node> taken = new ArrayList<>();
        List<Long> values = new ArrayList<>();
        long value = 0;
        int answeredDone = 0;
        Node at = head.after;
        for (long step = 0; step < stepsMax; step++) {
            if (answeredDone == answered) {
                return Verdict.LINEARIZABLE;
            }
            if (at != head && at.isCall) {
                Operation operation = relevant.get(at.operation);
                if (operation.fits(value) && isNew(seen, done, at, operation.after(value))) {
                    taken.add(at);
                    values.add(value);
                    value = operation.after(value);
                    done.set(at.operation);
                    answeredDone += operation.isAnswered() ? 1 : 0;
                    at.unlink();
                    at.counterpart.unlink();
                    at = head.after;
                } else {
                    at = at.after;
                }
                continue;
            }
            // a return is reached whose operation is not done yet: undo the last choice
            if (taken.isEmpty()) {
                return Verdict.VIOLATED;
            }
            Node last = taken.removeLast();
            value = values.removeLast();
            done.clear(last.operation);
            answeredDone -= relevant.get(last.operation).isAnswered() ? 1 : 0;
            last.counterpart.relink();
            last.relink();
            at = last.after;
        }
        return Verdict.UNDECIDED;
    }

    private static boolean isNew(Set<State> seen, BitSet done, Node call, long value) {
        BitSet with = (BitSet) done.clone();
        with.set(call.operation);
        return seen.add(new State(with, value));
    }

    private static List<Operation> withoutUnobserved(List<Operation> history) {
        Set<Long> observed = new TreeSet<>();
        for (Operation operation : history) {
            if (operation.isAnswered()) {
                observed.add(operation.observed());
            } else if (operation.kind() == Operation.Kind.COMPARE_AND_SET) {
                // if it took effect, it saw this
                observed.add(operation.expected());
            }
        }
        return history.stream()
                .filter(operation ->
                        operation.isAnswered()
                                || (operation.kind() != Operation.Kind.READ
                                        && observed.contains(operation.argument())))
                .toList();
    }

    private static Node linked(List<Operation> operations) {
        record Moment(long nanos, Node node) {}
        List<Moment> moments = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            Node call = new Node(i, true);
            Node end = new Node(i, false);
            call.counterpart = end;
            end.counterpart = call;
            moments.add(new Moment(operations.get(i).callNanos(), call));
            moments.add(new Moment(operations.get(i).returnNanos(), end));
        }
        // calls before returns of the same instant: they overlap
        moments.sort(
                Comparator.comparingLong(Moment::nanos)
                        .thenComparing(moment -> !moment.node().isCall));
        Node head = new Node(-1, false);
        Node last = head;
        for (Moment moment : moments) {
            moment.node().before = last;
            last.after = moment.node();
            last = moment.node();
        }
        last.after = head;
        head.before = last;
        return head;
    }
}
