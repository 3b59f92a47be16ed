package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.exceptions.JedisException;

/// A node is held by SIGSTOP while clients write: the others go on without it, and when it is let
/// go it follows them, and never answers with what was true before.
class PauseIT {
    private static final int GROUPS = 3;
    private static final int WRITERS = 4;
    private static final int MORE = 200;
    private static final int HELD = 1;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir private Path directory;

    @Test
    void aNodeThatWasHeldFollowsAgainAndNeverAnswersWhatIsStale() throws Exception {
        String key = Clusters.keyOf(1, GROUPS, "probe:");
        try (Fleet fleet = new Fleet(directory, GROUPS, Map.of())) {
            fleet.startAll();
            try (JedisCluster jedis = fleet.jedis();
                    Writers writers = new Writers(jedis, "pause", WRITERS, 128)) {
                // given a node that leads
                fleet.lead(HELD, 1);
                set(jedis, key, "old");
                writers.awaitMore(MORE);

                // when it is held, the others take over
                long start = System.nanoTime();
                signal(fleet, "-STOP");
                try {
                    set(jedis, key, "new");
                    say(
                            "group 1 took writes again %d ms after its leader was held"
                                    .formatted((System.nanoTime() - start) / 1_000_000));
                    writers.awaitMore(MORE);
                } finally {
                    signal(fleet, "-CONT");
                }

                // then it never says what it last knew, from the first moment on
                String seen;
                do {
                    seen = readFrom(fleet.redis(HELD), key);
                    assertThat(seen).isIn(null, "new");
                } while (fleet.leads(HELD, 1));
                fleet.awaitReady(HELD);
                writers.awaitMore(MORE);
                writers.stop();
                fleet.lead(HELD, 1);
                await("it has the newest value")
                        .atMost(LIMIT)
                        .until(() -> "new".equals(readFrom(fleet.redis(HELD), key)));

                // and it has what was written meanwhile
                fleet.kill(2);
                assertThat(writers.lost()).isEmpty();
            }
        }
    }

    private static void set(JedisCluster jedis, String key, String value) {
        await(key + " = " + value)
                .atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> "OK".equals(jedis.set(key, value)));
    }

    /// What the node itself answers; null if it sends us elsewhere, or says that it cannot tell.
    private static @Nullable String readFrom(String redis, String key) {
        try (Jedis jedis = new Jedis(HostAndPort.from(redis))) {
            return jedis.get(key);
        } catch (JedisException elsewhere) {
            return null;
        }
    }

    private static void signal(Fleet fleet, String signal) throws IOException {
        Process kill = new ProcessBuilder("kill", signal, Long.toString(fleet.pid(HELD))).start();
        assertThat(kill.onExit().join().exitValue()).isZero();
    }

    private static void say(String line) {
        System.err.println("PauseIT: " + line);
    }
}
