package dev.quorate.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What clients saw of one list to which unique numbers are appended, and whether a list that does
/// one thing at a time could have shown that.
///
/// Every read is a prefix of the longest one, so the order of all effects is known, and nothing
/// need be searched: operations that do not overlap must stand in that order.
final class ListHistory {
    private final List<Appending> operations = new ArrayList<>();
    private final Set<Long> proposed = new HashSet<>();
    private long[] longest = {};

    /// A number is going to be appended; until then nobody may see it.
    void proposed(long value) {
        proposed.add(value);
    }

    void add(Appending operation) {
        operations.add(operation);
    }

    /// Some replica showed this, now or as it once was.
    ///
    /// @return what is wrong with it; null for nothing
    @Nullable String seen(long[] values) {
        int common = Math.min(values.length, longest.length);
        if (!Arrays.equals(values, 0, common, longest, 0, common)) {
            return "shows %s and %s, of which neither begins the other"
                    .formatted(Arrays.toString(longest), Arrays.toString(values));
        }
        if (values.length > longest.length) {
            for (int i = longest.length; i < values.length; i++) {
                if (!proposed.contains(values[i])) {
                    return "shows " + values[i] + ", which nobody appended";
                }
            }
            longest = values;
        }
        return null;
    }

    /// Checks everything.
    ///
    /// @param open appends that have no answer yet
    /// @return what is wrong; null for nothing
    @Nullable String complaint(List<Appending> open) {
        Map<Long, Integer> positions = new HashMap<>();
        for (int i = 0; i < longest.length; i++) {
            if (positions.put(longest[i], i) != null) {
                return longest[i] + " was appended twice: " + Arrays.toString(longest);
            }
        }
        Map<Integer, Long> claimed = new HashMap<>();
        List<Placed> placed = new ArrayList<>();
        for (Appending operation : operations) {
            if (!operation.isRead() && operation.isAnswered()) {
                Integer position = positions.get(operation.value());
                boolean isThere =
                        operation.length() < longest.length
                                ? position != null && position == operation.length()
                                : position == null;
                Long other = claimed.put(operation.length(), operation.value());
                if (!isThere || other != null) {
                    return "%s was acknowledged as number %d (as was %s), but the list is %s"
                            .formatted(
                                    operation.value(),
                                    operation.length(),
                                    other,
                                    Arrays.toString(longest));
                }
            }
            place(operation, positions, placed);
        }
        open.forEach(operation -> place(operation, positions, placed));
        return disorder(placed);
    }

    /// An operation and its place in the order of effects: reads of n numbers are before the n-th
    /// append and after the one before it.
    private record Placed(Appending operation, long place) {}

    private static void place(
            Appending operation, Map<Long, Integer> positions, List<Placed> placed) {
        if (operation.isRead()) {
            placed.add(new Placed(operation, 2L * operation.length()));
            return;
        }
        Integer position = positions.get(operation.value());
        if (position != null) {
            placed.add(new Placed(operation, 2L * position + 1));
        } else if (operation.isAnswered()) {
            placed.add(new Placed(operation, 2L * operation.length() + 1));
        }
        // else it may take effect at any later time, or never
    }

    /// Nobody may be called after somebody has returned who comes later in the order.
    private static @Nullable String disorder(List<Placed> placed) {
        List<Placed> byCall = new ArrayList<>(placed);
        byCall.sort(Comparator.comparingLong(one -> one.operation().callNanos()));
        List<Placed> byReturn = new ArrayList<>(placed);
        byReturn.sort(Comparator.comparingLong(one -> one.operation().returnNanos()));
        Placed furthest = null;
        int returned = 0;
        for (Placed next : byCall) {
            while (returned < byReturn.size()
                    && byReturn.get(returned).operation().returnNanos()
                            < next.operation().callNanos()) {
                Placed before = byReturn.get(returned++);
                if (furthest == null || before.place() > furthest.place()) {
                    furthest = before;
                }
            }
            if (furthest != null && furthest.place() > next.place()) {
                return "%s came after %s, but took effect before it"
                        .formatted(next.operation(), furthest.operation());
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return operations.toString();
    }
}
