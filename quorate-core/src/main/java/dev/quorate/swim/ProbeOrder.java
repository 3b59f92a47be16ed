package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Whom to probe next: everybody once per round, each round in a new random order, newcomers at a
/// random place of it (SWIM, "Round-Robin Probe Target Selection": bounds the time until a failure
/// is noticed).
final class ProbeOrder {
    private final RandomGenerator random;
    private final List<NodeId> order = new ArrayList<>();
    private int position;

    ProbeOrder(RandomGenerator random) {
        this.random = random;
    }

    void add(NodeId member) {
        int place = random.nextInt(order.size() + 1);
        order.add(place, member);
        if (place < position) {
            position++;
        }
    }

    void remove(NodeId member) {
        int place = order.indexOf(member);
        if (place >= 0) {
            order.remove(place);
            if (place < position) {
                position--;
            }
        }
    }

    /// The next member that is worth a probe, or none in a whole round.
    @Nullable NodeId next(Predicate<NodeId> worth) {
        for (int tried = 0; tried < order.size(); tried++) {
            if (position >= order.size()) {
                shuffle();
            }
            NodeId candidate = order.get(position++);
            if (worth.test(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    private void shuffle() {
        position = 0;
        for (int i = order.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            NodeId swapped = order.get(i);
            order.set(i, order.get(j));
            order.set(j, swapped);
        }
    }
}
