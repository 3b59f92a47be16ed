package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The table against a tree map.
class RequestTableTest {
    @Test
    void holdsExactlyWhatWasAddedAndNotRemoved() {
        for (long seed = 1; seed <= 100; seed++) {
            // given
            Random random = new Random(seed);
            RequestTable table = new RequestTable();
            TreeMap<Long, Request> model = new TreeMap<>();

            // when
            for (long id = 1; id <= 2_000; id++) {
                Request request = request(id);
                table.add(request);
                model.put(id, request);
                while (!model.isEmpty() && random.nextInt(100) < 48) {
                    long victim = 1 + random.nextLong(id);
                    Request removed = model.remove(victim);
                    if (removed != null) {
                        table.remove(removed);
                    }
                }
            }

            // then
            List<Long> seen = new ArrayList<>();
            table.forEach(each -> seen.add(each.id()));
            assertThat(seen).as("seed=%d", seed).containsExactlyElementsOf(model.keySet());
            assertThat(table.size()).isEqualTo(model.size());
            for (long id = 1; id <= 2_000; id++) {
                assertThat(table.find(id)).as("seed=%d", seed).isSameAs(model.get(id));
            }
        }
    }

    private static Request request(long id) {
        return new Request(
                id,
                null,
                id,
                new Request.Asked(
                        new GroupId(1),
                        Request.Kind.WRITE,
                        ReadLevel.LINEARIZABLE,
                        Bytes.EMPTY,
                        Reach.FORWARD,
                        0));
    }
}
