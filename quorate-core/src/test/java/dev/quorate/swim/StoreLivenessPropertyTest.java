package dev.quorate.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.SupportEffect.Given;
import dev.quorate.swim.SupportEffect.Send;
import dev.quorate.swim.SupportEffect.Withdrawn;
import dev.quorate.swim.SupportInput.MembersChanged;
import dev.quorate.swim.SupportInput.Received;
import dev.quorate.swim.SupportInput.Wakeup;
import dev.quorate.swim.SupportInput.Wanted;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Two to four nodes whose messages are late, lost, repeated and reordered, and that start anew:
/// whatever happens, nobody counts on a promise that was withdrawn.
class StoreLivenessPropertyTest {
    private record InFlight(int from, int to, SupportMessage message) {}

    private static final class World {
        private final SplittableRandom random;
        private final int count;
        private final StoreLiveness[] nodes;
        private final long[] boots;
        private final List<InFlight> wire = new ArrayList<>();
        private final List<Set<String>> withdrawn = new ArrayList<>();
        private final long seed;
        private long nanos = 1_000;
        private int supported;

        World(long seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
            count = 2 + random.nextInt(3);
            nodes = new StoreLiveness[count];
            boots = new long[count];
            for (int i = 0; i < count; i++) {
                withdrawn.add(new HashSet<>());
                start(i);
            }
        }

        private Moment now() {
            return new Moment(nanos, nanos / 1_000);
        }

        private static NodeId id(int node) {
            return new NodeId(node + 1);
        }

        private void start(int node) {
            boots[node]++;
            withdrawn.get(node).clear();
            nodes[node] =
                    new StoreLiveness(
                            SupportConfig.DEFAULT,
                            id(node),
                            new Incarnation(boots[node], 0),
                            now());
            List<NodeId> all = LongStream.rangeClosed(1, count).mapToObj(NodeId::new).toList();
            step(node, new MembersChanged(new Members(1, all)));
            step(node, new Wanted(all));
        }

        private void step(int node, SupportInput input) {
            nodes[node].step(now(), input, effect -> execute(node, effect));
        }

        private void execute(int node, SupportEffect effect) {
            switch (effect) {
                case Send(NodeId to, SupportMessage message) -> {
                    int copies = random.nextInt(10) == 0 ? random.nextInt(3) : 1;
                    for (int i = 0; i < copies; i++) {
                        wire.add(new InFlight(node, (int) to.value() - 1, message));
                    }
                }
                case Withdrawn(NodeId to, Incarnation epoch) ->
                        withdrawn.get(node).add(to + "@" + epoch);
                case Given(NodeId to, Incarnation epoch) ->
                        assertThat(withdrawn.get(node))
                                .as("given again, seed %d", seed)
                                .doesNotContain(to + "@" + epoch);
                case SupportEffect.Gained _, SupportEffect.Lost _, SupportEffect.RaiseEpoch _ -> {}
            }
        }

        void happen() {
            nanos += random.nextLong(200_000_000L);
            if (random.nextInt(60) == 0) {
                start(random.nextInt(count));
            } else if (!wire.isEmpty() && random.nextInt(10) > 0) {
                InFlight next = wire.remove(random.nextInt(Math.min(wire.size(), 6)));
                if (random.nextInt(12) > 0) {
                    step(next.to(), new Received(id(next.from()), next.message()));
                }
            }
            for (int i = 0; i < count; i++) {
                if (nanos - nodes[i].nextDeadlineNanos() >= 0) {
                    step(i, new Wakeup());
                }
            }
            check();
        }

        /// Whoever counts on support has it, unless the giver's present life began after it gave.
        private void check() {
            for (int asker = 0; asker < count; asker++) {
                for (int giver = 0; giver < count; giver++) {
                    if (asker != giver && nodes[asker].isSupportedBy(id(giver), now())) {
                        supported++;
                        String key = id(asker) + "@" + nodes[asker].epoch();
                        assertThat(withdrawn.get(giver))
                                .as("counted on and withdrawn, seed %d", seed)
                                .doesNotContain(key);
                    }
                }
            }
        }

        int supported() {
            return supported;
        }

        @Override
        public String toString() {
            return "seed " + seed + ", boots " + Arrays.toString(boots);
        }
    }

    @TestFactory
    List<DynamicTest> nobodyCountsOnAPromiseThatWasWithdrawn() {
        return LongStream.rangeClosed(1, 60)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest(
                                "seed " + seed,
                                () -> {
                                    World world = new World(seed);
                                    for (int i = 0; i < 2_000; i++) {
                                        world.happen();
                                    }
                                    assertThat(world.supported()).as(world.toString()).isPositive();
                                }))
                .toList();
    }
}
