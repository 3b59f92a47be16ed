package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The heap against a tree map.
class DeadlineHeapTest {
    @Test
    void theFirstIsAlwaysTheEarliest() {
        for (long seed = 1; seed <= 200; seed++) {
            // given
            Random random = new Random(seed);
            DeadlineHeap heap = new DeadlineHeap();
            TreeMap<Integer, Long> model = new TreeMap<>();
            for (int step = 0; step < 300; step++) {
                // when
                int slot = random.nextInt(40);
                if (random.nextInt(4) == 0) {
                    heap.remove(slot);
                    model.remove(slot);
                } else {
                    long deadline = random.nextLong(1_000) - 500;
                    heap.set(slot, deadline);
                    model.put(slot, deadline);
                }

                // then
                assertThat(heap.isEmpty()).isEqualTo(model.isEmpty());
                if (!model.isEmpty()) {
                    long earliest =
                            model.values().stream().mapToLong(Long::longValue).min().orElseThrow();
                    int first =
                            model.entrySet().stream()
                                    .filter(entry -> entry.getValue() == earliest)
                                    .mapToInt(Map.Entry::getKey)
                                    .min()
                                    .orElseThrow();
                    assertThat(heap.firstNanos()).as("seed=%d", seed).isEqualTo(earliest);
                    assertThat(heap.firstSlot()).as("seed=%d", seed).isEqualTo(first);
                }
            }
        }
    }
}
