package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.node.identity.SecurityReport;
import dev.quorate.transport.Enrolment;
import dev.quorate.transport.EnrolmentRefused;
import dev.quorate.transport.EnrolmentReply;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.JoinToken;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One join token and many who hold it (rule R23), while the nodes that decide about it go and come
/// back.
class TokenStormTest {
    private static final int PRESENTERS = 100;

    @TempDir private Path directory;
    private Trio trio;
    private final Map<Integer, NodeId> certified = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    @AfterEach
    void close() {
        stopping = true;
        trio.close();
    }

    @Test
    void aHundredPresentersGetOneIdentityBetweenThemThoughEveryNodeThatDecidesIsStopped()
            throws Exception {
        trio = new Trio(directory, Map.of("journal.segment", "8MiB"));
        trio.startAll();
        JoinToken token = security(1).createToken(Duration.ofHours(1));
        List<Thread> presenters = new ArrayList<>();
        for (int i = 0; i < PRESENTERS; i++) {
            int presenter = i;
            presenters.add(Thread.ofVirtual().start(() -> present(token, presenter)));
        }

        // when whoever leads group 0 is stopped, again and again
        for (int round = 0; round < 2; round++) {
            int leader = trio.leaderOf(GroupId.METADATA, 1 + round);
            trio.stop(leader);
            trio.start(leader);
        }
        Trio.patiently().until(() -> !certified.isEmpty());
        stopping = true;
        presenters.forEach(Threads::join);

        // then one of those who have a certificate counts, and whoever counted before is denied
        trio.write(1, new GroupId(1), "all=there");
        Trio.patiently()
                .untilAsserted(() -> {
                    SecurityReport report = security(1).report();
                    Set<NodeId> counting = new TreeSet<>(certified.values());
                    report.revoked().forEach(one -> counting.remove(new NodeId(one.node())));
                    assertThat(counting).hasSize(1);
                    SecurityReport.Token seen = security(1).tokens().getFirst();
                    assertThat(new NodeId(seen.node())).isIn(counting);
                });
        assertThat(new HashSet<>(certified.values()))
                .as("no two keys were given the same name")
                .hasSameSizeAs(certified.values());
    }

    /// Asks again and again, with the same key, as a joiner does.
    private void present(JoinToken token, int presenter) {
        List<String> seeds = new ArrayList<>(token.seeds());
        Collections.rotate(seeds, presenter);
        JoinToken mine =
                new JoinToken(
                        token.cluster(),
                        token.expiry(),
                        token.authorities(),
                        seeds,
                        token.secret());
        Announcement here =
                new Announcement(
                        "127.0.0.1:" + (1 + presenter), "", new TreeMap<>(), new TreeMap<>(), 1, 1);
        Path home = directory.resolve("joiner" + presenter);
        while (!stopping) {
            try {
                certified.put(presenter, Enrolment.join(mine, home, here).identity().name().node());
                return;
            } catch (EnrolmentRefused refused) {
                if (refused.retry() == EnrolmentReply.Retry.NEVER) {
                    return;
                }
            } catch (IOException _) {
                // a door that is shut: another try
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    private ClusterSecurity security(int i) {
        return Objects.requireNonNull(trio.node(i).security());
    }
}
