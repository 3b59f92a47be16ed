package dev.quorate.kv.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What may be in flight together on one vShard.
class ShardOrderTest {
    private final ShardOrder order = new ShardOrder();
    private final List<String> started = new ArrayList<>();

    private void enter(int vshard, ShardOrder.Kind kind, String name) {
        order.enter(vshard, kind, () -> started.add(name));
    }

    @Test
    void writesFlowTogetherAndReadsFlowTogetherButNeverBoth() {
        enter(1, ShardOrder.Kind.WRITE, "w1");
        enter(1, ShardOrder.Kind.WRITE, "w2");
        enter(1, ShardOrder.Kind.READ, "r1");
        enter(1, ShardOrder.Kind.READ, "r2");
        enter(1, ShardOrder.Kind.WRITE, "w3");
        enter(2, ShardOrder.Kind.READ, "other");
        assertThat(started).containsExactly("w1", "w2", "other");

        order.leave(1);
        assertThat(started).hasSize(3);
        order.leave(1);
        assertThat(started).containsExactly("w1", "w2", "other", "r1", "r2");
        order.leave(1);
        assertThat(started).hasSize(5);
        order.leave(1);
        assertThat(started).endsWith("w3");
    }

    @Test
    void whateverComesAndGoesEachStartsOnceInTurnAndNothingIsLeftWaiting() {
        for (long seed = 1; seed <= 500; seed++) {
            Random random = new Random(seed);
            ShardOrder own = new ShardOrder();
            List<Integer> begun = new ArrayList<>();
            List<ShardOrder.Kind> running = new ArrayList<>();
            int entered = 0;
            for (int step = 0; step < 200 || !running.isEmpty(); step++) {
                if (step < 200 && random.nextBoolean()) {
                    ShardOrder.Kind kind =
                            random.nextBoolean() ? ShardOrder.Kind.READ : ShardOrder.Kind.WRITE;
                    int number = entered++;
                    own.enter(
                            7,
                            kind,
                            () -> {
                                begun.add(number);
                                running.add(kind);
                            });
                } else if (!running.isEmpty()) {
                    running.removeFirst();
                    own.leave(7);
                }
                assertThat(running.stream().distinct().count())
                        .as("kinds in flight, seed %s", seed)
                        .isLessThanOrEqualTo(1);
            }
            assertThat(begun).as("seed %s", seed).isSorted().hasSize(entered);
        }
    }
}
