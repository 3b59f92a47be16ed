package dev.quorate.kv.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.kv.KvServer;
import dev.quorate.types.KeySlot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Routing, ordering, limits and errors of the front door, over real sockets.
class DoorTest {
    private static final int SLOT_OF_A = KeySlot.of("a".getBytes(StandardCharsets.US_ASCII));

    private final FakeCluster cluster = new FakeCluster();
    private KvServer server;
    private Client client;

    @BeforeEach
    void open() throws IOException {
        server = KvServer.start(cluster, KvServerOptions.at("127.0.0.1", 0));
        client = new Client(server.address());
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.close();
        cluster.close();
    }

    @Test
    void aSlotLedElsewhereIsAnsweredWithMovedAndNothingIsSubmitted() throws IOException {
        cluster.leader(FakeCluster.groupOf(SLOT_OF_A), FakeCluster.OTHER);

        assertThat(client.call("SET a 1")).isEqualTo("-MOVED " + SLOT_OF_A + " 127.0.0.1:7002");
        assertThat(client.call("GET a")).isEqualTo("-MOVED " + SLOT_OF_A + " 127.0.0.1:7002");
        assertThat(cluster.submitted()).isZero();
        assertThat(server.counters().moved()).isEqualTo(2);

        // a replica may answer those who do not mind
        assertThat(client.call("READONLY")).isEqualTo("+OK");
        assertThat(client.call("GET a")).isEqualTo("(nil)");
        assertThat(cluster.lastReach()).isEqualTo(Reach.HERE);
        assertThat(cluster.lastLevel()).isEqualTo(new ReadLevel.Bounded(10_000_000));
        assertThat(client.call("SET a 1")).startsWith("-MOVED ");
        assertThat(client.call("READWRITE")).isEqualTo("+OK");
        assertThat(client.call("GET a")).startsWith("-MOVED ");
    }

    @Test
    void aLeaderWithoutADoorIsForwardedTo() throws IOException {
        cluster.otherClient("");
        cluster.leader(FakeCluster.groupOf(SLOT_OF_A), FakeCluster.OTHER);

        assertThat(client.call("SET a 1")).isEqualTo("+OK");
        assertThat(cluster.lastReach()).isEqualTo(Reach.FORWARD);
    }

    @Test
    void withoutALeaderTheNodeIsAskedAnywayAndTheSlotsAreOmitted() throws IOException {
        cluster.leader(FakeCluster.groupOf(SLOT_OF_A), null);

        assertThat(client.call("SET a 1")).isEqualTo("+OK");
        assertThat(cluster.lastReach()).isEqualTo(Reach.REDIRECT);
        assertThat(client.call("CLUSTER INFO"))
                .contains("cluster_state:fail")
                .contains("cluster_slots_ok:12288");
        String first = SLOT_OF_A / 16 * 16 + "";
        assertThat(client.call("CLUSTER SLOTS")).doesNotContain("[" + first + ",");
    }

    @Test
    void outcomesBecomeWordsThatClientsRetryOnlyWhenItIsSafe() throws IOException {
        Object[][] cases = {
            {rejected(Code.NOT_LEADER, true), "-MOVED " + SLOT_OF_A + " 127.0.0.1:7002", null},
            {rejected(Code.NOT_LEADER, false), "-CLUSTERDOWN Hash slot not served", null},
            {rejected(Code.NO_LEADER, false), "-CLUSTERDOWN Hash slot not served", null},
            {rejected(Code.TIMEOUT, false), "-CLUSTERDOWN Hash slot not served", null},
            {rejected(Code.STOPPING, false), "-CLUSTERDOWN Hash slot not served", null},
            {rejected(Code.NO_SUCH_GROUP, false), "-CLUSTERDOWN Hash slot not served", null},
            {rejected(Code.OVERLOADED, false), "-TRYAGAIN why", null},
            {rejected(Code.INVALID, false), "-ERR why", null},
            {
                new Outcome.Unknown("cut off"),
                "-UNKNOWN the outcome of this command is not known: cut off",
                "-TRYAGAIN the read was not answered: cut off"
            },
        };
        for (Object[] line : cases) {
            cluster.outcome((Outcome) line[0]);
            assertThat(client.call("INCR a")).isEqualTo(line[1]);
            assertThat(client.call("GET a")).isEqualTo(line[2] == null ? line[1] : line[2]);
        }
        assertThat(server.counters().unknown()).isEqualTo(1);
    }

    private static Outcome rejected(Code code, boolean toOther) {
        return new Outcome.Rejected(code, Retry.LATER, toOther ? FakeCluster.OTHER : null, "why");
    }

    @Test
    void repliesComeInTheOrderOfRequestsWhateverFinishesFirst() throws IOException {
        // given requests to different slots, held back
        cluster.hold();
        for (String key : new String[] {"a", "b", "c", "d"}) {
            client.send("SET " + key + " " + key);
        }
        client.send("PING");
        await().until(() -> cluster.submitted() == 4);

        // when they are carried out the other way round
        cluster.releaseReversed();

        // then
        for (int i = 0; i < 4; i++) {
            assertThat(client.read()).isEqualTo("+OK");
        }
        assertThat(client.read()).isEqualTo("+PONG");
    }

    @Test
    void aPipelinedReadSeesTheWriteBeforeItAndNotTheOneAfterIt() throws IOException {
        // given a write and then a read and a write of the same key
        cluster.hold();
        client.send("SET a 1");
        client.send("GET a");
        client.send("SET a 2");
        client.send("SET b 1");
        // then only the first, and one of another slot, begin
        await().until(() -> cluster.submitted() == 2);

        // when
        cluster.releaseReversed();

        // then
        assertThat(client.read()).isEqualTo("+OK");
        assertThat(client.read()).isEqualTo("1");
        assertThat(client.read()).isEqualTo("+OK");
        assertThat(client.read()).isEqualTo("+OK");
        assertThat(client.call("GET a")).isEqualTo("2");
    }

    @Test
    void dbsizeCountsWhatThePipelineBeforeItWrote() throws IOException {
        StringBuilder pipeline = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            pipeline.append(Client.encode("SET", "k" + i, "v"));
        }
        client.raw(pipeline + Client.encode("DBSIZE") + Client.encode("SET", "late", "v"));
        for (int i = 0; i < 50; i++) {
            assertThat(client.read()).isEqualTo("+OK");
        }
        assertThat(client.read()).isEqualTo(":50");
        assertThat(client.read()).isEqualTo("+OK");
    }

    @Test
    void aPipelineBeyondTheLimitWaitsInTheSocketAndLosesNothing() throws IOException {
        // given room for four
        try (KvServer narrow =
                        KvServer.start(
                                cluster, KvServerOptions.at("127.0.0.1", 0).withInFlightMax(4));
                Client fast = new Client(narrow.address())) {
            cluster.hold();
            StringBuilder pipeline = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                pipeline.append(Client.encode("INCR", "n"));
            }
            fast.raw(pipeline.toString());
            await().until(() -> cluster.submitted() == 4);
            assertThat(narrow.counters().commands()).isEqualTo(4);

            // when
            cluster.releaseReversed();

            // then
            Set<String> replies = new HashSet<>();
            for (int i = 1; i <= 500; i++) {
                replies.add(fast.read());
            }
            assertThat(replies).hasSize(500).contains(":1", ":500");
        }
    }

    @Test
    void aReaderThatDoesNotReadIsNotReadFrom() throws IOException {
        // given one event loop, and a large value
        try (KvServer narrow =
                        KvServer.start(cluster, KvServerOptions.at("127.0.0.1", 0).withThreads(1));
                Client slow = new Client(narrow.address());
                Client other = new Client(narrow.address())) {
            slow.call("SET a " + "x".repeat(500_000));
            slow.call("GET a");

            // when a client asks for it very often and takes no answer, and another goes on
            int asked = 200;
            slow.raw(Client.encode("GET", "a").repeat(asked));
            for (int i = 0; i < 50; i++) {
                assertThat(other.call("SET b 1")).isEqualTo("+OK");
            }

            // then most questions are still in the socket, and none is lost
            assertThat(narrow.counters().reads()).isLessThan(asked);
            for (int i = 0; i < asked; i++) {
                assertThat(slow.read()).hasSize(500_000);
            }
        }
    }

    @Test
    void anAnswerThatOutgrowsItsLimitIsRefused() throws IOException {
        client.call("SET a " + "x".repeat(1_000_000));
        assertThat(client.call("MGET" + " a".repeat(17)))
                .isEqualTo("-ERR reply exceeds 16777216 bytes");
        assertThat(client.call("PING")).isEqualTo("+PONG");
    }

    @Test
    void oneClientTooManyIsTurnedAwayAndMayComeBack() throws IOException {
        try (KvServer small =
                KvServer.start(cluster, KvServerOptions.at("127.0.0.1", 0).withConnectionsMax(1))) {
            try (Client first = new Client(small.address())) {
                assertThat(first.call("PING")).isEqualTo("+PONG");
                try (Client second = new Client(small.address())) {
                    assertThat(second.read()).isEqualTo("-ERR max number of clients reached");
                    assertThat(second.ended()).isTrue();
                }
                assertThat(first.call("PING")).isEqualTo("+PONG");
            }
            await().until(() -> small.counters().connections() == 0);
            try (Client third = new Client(small.address())) {
                assertThat(third.call("PING")).isEqualTo("+PONG");
            }
            assertThat(small.counters().connectionsRefused()).isEqualTo(1);
        }
    }

    @Test
    void aSilentClientIsClosed() throws IOException {
        try (KvServer impatient =
                        KvServer.start(
                                cluster,
                                KvServerOptions.at("127.0.0.1", 0)
                                        .withTimes(Duration.ofMillis(50), Duration.ofSeconds(5)));
                Client silent = new Client(impatient.address())) {
            assertThat(silent.ended()).isTrue();
        }
    }

    @Test
    void whatIsNoProtocolIsAnsweredAfterTheRequestsBeforeItAndEndsTheConnection()
            throws IOException {
        client.raw(Client.encode("SET", "a", "1") + "*1\r\n:5\r\n" + Client.encode("PING"));
        assertThat(client.read()).isEqualTo("+OK");
        assertThat(client.read()).isEqualTo("-ERR Protocol error: expected '$', got ':'");
        assertThat(client.ended()).isTrue();
    }

    @Test
    void anAnnouncedGiantIsRefusedAtOnce() throws IOException {
        client.raw("*2\r\n$3\r\nGET\r\n$536870912\r\n");
        assertThat(client.read()).isEqualTo("-ERR Protocol error: invalid bulk length");
        assertThat(client.ended()).isTrue();
    }

    @Test
    void noiseNeverHarmsOthers() throws IOException {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            byte[] noise =
                    (Client.encode("SET", "a", "1") + Client.encode("GET", "a") + "PING\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1);
            for (int i = random.nextInt(8); i >= 0; i--) {
                noise[random.nextInt(noise.length)] = (byte) random.nextInt(256);
            }
            try (Client noisy = new Client(server.address())) {
                noisy.raw(new String(noise, StandardCharsets.ISO_8859_1));
            }
            assertThat(client.call("PING")).as("seed %s", seed).isEqualTo("+PONG");
        }
    }

    @Test
    void whatABrowserSendsIsNotCarriedOut() throws IOException {
        client.raw("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a 1\r\n");
        assertThat(client.read()).isEqualTo("-ERR this is not an HTTP server");
        assertThat(client.ended()).isTrue();
        assertThat(cluster.submitted()).isZero();
    }

    @Test
    void anAddressInUseIsAnErrorThatNamesIt() {
        int port = server.address().getPort();
        assertThatThrownBy(() -> KvServer.start(cluster, KvServerOptions.at("127.0.0.1", port)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + port);
    }

    @Test
    void closingTheDoorTurnsClientsOut() throws IOException {
        client.call("PING");
        server.close();
        assertThat(client.ended()).isTrue();
    }

    @Test
    void quitIsAnsweredAndNothingAfterIt() throws IOException {
        client.raw(Client.encode("INCR", "n") + Client.encode("QUIT") + Client.encode("INCR", "n"));
        assertThat(client.read()).isEqualTo(":1");
        assertThat(client.read()).isEqualTo("+OK");
        assertThat(client.ended()).isTrue();
        assertThat(cluster.submitted()).isEqualTo(1);
    }
}
