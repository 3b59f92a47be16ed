package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.transport.BulkFailure.Code;
import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What transfers between two nodes must do, whatever carries them; over real sockets on loopback.
abstract class BulkContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Bytes WHAT = Bytes.utf8("snapshot 7 of g3");

    private final TestCluster cluster;
    private final byte[] content = new byte[(3 << 20) + 17];
    private Node one;
    private Node two;

    BulkContract(TestCluster.Kind kind) {
        cluster = new TestCluster(kind);
        new Random(42).nextBytes(content);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void whatIsServedArrivesWholeAndBothSidesAgreeOnItsDigest() {
        // given
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        List<Object> asked = new ArrayList<>();
        two.links()
                .bulk()
                .serve((peer, request, offset) -> {
                    asked.addAll(List.of(peer, request, offset));
                    return new Memory(content, (int) offset);
                });

        // when
        Collector sink = fetch(0);

        // then
        sink.awaitEnd();
        assertThat(sink.failure).isNull();
        assertThat(sink.bytes.toByteArray()).isEqualTo(content);
        assertThat(sink.total).isEqualTo(content.length);
        assertThat(sink.digest).isEqualTo(Bytes.wrap(Digests.sha256().digest(content)));
        assertThat(asked).containsExactly(N1, WHAT, 0L);
    }

    @Test
    void aTransferIsResumedWhereItEnded() {
        // given
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        serve();
        int there = 1_000_003;

        // when
        Collector sink = fetch(there);

        // then
        sink.awaitEnd();
        assertThat(sink.failure).isNull();
        assertThat(sink.firstOffset).isEqualTo(there);
        assertThat(sink.bytes.size()).isEqualTo(content.length - there);
        assertThat(sink.total).isEqualTo(content.length);
        assertThat(sink.digest).isNull();
    }

    @Test
    void anEmptyThingIsATransferToo() {
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        two.links().bulk().serve((peer, request, offset) -> new Memory(new byte[0], 0));

        Collector sink = fetch(0);

        sink.awaitEnd();
        assertThat(sink.failure).isNull();
        assertThat(sink.total).isZero();
    }

    @Test
    void refusalsArriveAsTheyWereGiven() {
        // given a server that is not ready, then one that refuses
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        Collector early = fetch(0);
        early.awaitEnd();
        assertThat(early.failure)
                .isEqualTo(
                        new BulkFailure(
                                Code.NOT_FOUND, Retry.LATER, "n2: nothing is served here yet"));
        two.links()
                .bulk()
                .serve((peer, request, offset) -> {
                    throw new BulkRefused(Code.NOT_ALLOWED, Retry.NEVER, "not for " + peer);
                });

        // when
        Collector sink = fetch(0);

        // then
        sink.awaitEnd();
        assertThat(sink.failure)
                .isEqualTo(new BulkFailure(Code.NOT_ALLOWED, Retry.NEVER, "n2: not for n1"));
        assertThat(one.links().stats().getFirst().breaker()).isEqualTo(LinkStats.Reach.REACHABLE);
    }

    @Test
    void aSourceThatFailsHalfwayLeavesWhatCame() {
        // given
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        AtomicInteger closed = new AtomicInteger();
        two.links()
                .bulk()
                .serve((peer, request, offset) ->
                        new Memory(content, 0) {
                            @Override
                            public int read(ByteBuffer into) throws IOException {
                                if (at > 1 << 20) {
                                    throw new IOException("planted");
                                }
                                return super.read(into);
                            }

                            @Override
                            public void close() {
                                closed.incrementAndGet();
                            }
                        });

        // when
        Collector sink = fetch(0);

        // then
        sink.awaitEnd();
        assertThat(sink.failure)
                .isEqualTo(
                        new BulkFailure(
                                Code.SOURCE_FAILED,
                                Retry.LATER,
                                "n2: it could not be read: planted"));
        assertThat(content).startsWith(sink.bytes.toByteArray());
        assertThat(closed).hasValue(1);
    }

    @Test
    void aSlowReceiverHoldsTheSenderBackAndCancelEndsBoth() throws Exception {
        // given a sink that takes one chunk and then stands still
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        AtomicLong read = new AtomicLong();
        CountDownLatch sourceClosed = new CountDownLatch(1);
        two.links()
                .bulk()
                .serve((peer, request, offset) ->
                        new Memory(content, 0) {
                            @Override
                            public int read(ByteBuffer into) throws IOException {
                                int bytes = super.read(into);
                                read.addAndGet(bytes);
                                return bytes;
                            }

                            @Override
                            public void close() {
                                sourceClosed.countDown();
                            }
                        });
        CountDownLatch release = new CountDownLatch(1);
        Collector sink =
                new Collector() {
                    @Override
                    public void chunk(long offset, ByteBuffer bytes) throws IOException {
                        super.chunk(offset, bytes);
                        awaitQuietly(release);
                    }
                };
        BulkLinks.Transfer transfer = one.links().bulk().fetch(N2, WHAT, 0, sink);
        await().atMost(PATIENCE).until(() -> read.get() >= BulkLinks.WINDOW_BYTES);

        // when it is cancelled
        transfer.cancel();
        release.countDown();

        // then the sender never read beyond the window and the chunk at hand, and stops
        sink.awaitEnd();
        assertThat(sink.failure).isNotNull();
        assertThat(sink.failure.code()).isEqualTo(Code.CANCELLED);
        assertThat(sink.bytes.size()).isEqualTo(BulkLinks.CHUNK_BYTES_MAX);
        assertThat(sourceClosed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(read.get())
                .isLessThanOrEqualTo(BulkLinks.WINDOW_BYTES + 2L * BulkLinks.CHUNK_BYTES_MAX);
    }

    @Test
    void moreTransfersThanAllowedAreRefusedAtBothEnds() {
        // given room for two fetches and one served, and a source that blocks
        link(
                new BulkOptions(0, BulkOptions.UNLIMITED, 4, 2, Duration.ofSeconds(30)),
                new BulkOptions(0, BulkOptions.UNLIMITED, 1, 4, Duration.ofSeconds(30)));
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        two.links()
                .bulk()
                .serve((peer, request, offset) -> {
                    opened.incrementAndGet();
                    awaitQuietly(release);
                    return new Memory(content, 0);
                });
        Collector first = fetch(0);
        await().atMost(PATIENCE).until(() -> opened.get() == 1);

        // when
        Collector second = fetch(0);
        second.awaitEnd();
        Collector third = fetch(0);
        Collector fourth = fetch(0);

        // then
        assertThat(second.failure).isNotNull();
        assertThat(second.failure.code()).isEqualTo(Code.BUSY);
        assertThat(second.failure.sentence()).isEqualTo("n2: this node serves 1 transfers already");
        third.awaitEnd();
        fourth.awaitEnd();
        assertThat(List.of(third.failure, fourth.failure))
                .anySatisfy(failure ->
                        assertThat(failure.sentence())
                                .isEqualTo("this node fetches 2 transfers already"));
        release.countDown();
        first.awaitEnd();
        assertThat(first.failure).isNull();
        // and there is room again
        await().atMost(PATIENCE)
                .until(() -> {
                    Collector again = fetch(0);
                    again.awaitEnd();
                    return again.failure == null;
                });
    }

    @Test
    void aSourceThatGivesNothingEndsTheTransfer() {
        // given
        Duration idle = Duration.ofMillis(300);
        link(new BulkOptions(0, BulkOptions.UNLIMITED, 4, 4, idle), BulkOptions.DEFAULT);
        CountDownLatch release = new CountDownLatch(1);
        two.links()
                .bulk()
                .serve((peer, request, offset) -> {
                    awaitQuietly(release);
                    return new Memory(content, 0);
                });

        // when
        Collector sink = fetch(0);

        // then
        sink.awaitEnd();
        assertThat(sink.failure)
                .isEqualTo(
                        new BulkFailure(Code.IDLE, Retry.LATER, "nothing came from n2 for PT0.3S"));
        release.countDown();
    }

    @Test
    void aRevokedPeerGetsNoMore() {
        // given a transfer under way, slowed down by its sink
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        serve();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch revoked = new CountDownLatch(1);
        Collector sink =
                new Collector() {
                    @Override
                    public void chunk(long offset, ByteBuffer bytes) throws IOException {
                        super.chunk(offset, bytes);
                        begun.countDown();
                        awaitQuietly(revoked);
                    }
                };
        one.links().bulk().fetch(N2, WHAT, 0, sink);
        awaitQuietly(begun);

        // when node 1 is revoked at node 2
        cluster.pins.remove(N1);
        two.peer(N1, one.address());
        await().atMost(PATIENCE).until(() -> !one.heard().down.isEmpty());
        revoked.countDown();

        // then the transfer fails, and the next does not begin
        sink.awaitEnd();
        assertThat(sink.failure).isNotNull();
        assertThat(sink.failure.code()).isEqualTo(Code.LINK);
        Collector next = fetch(0);
        next.awaitEnd();
        assertThat(next.failure).isNotNull();
        assertThat(next.failure.code()).isEqualTo(Code.LINK);
    }

    @Test
    void aSinkThatCannotKeepItEndsTheTransfer() {
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        serve();
        Collector sink =
                new Collector() {
                    @Override
                    public void chunk(long offset, ByteBuffer bytes) throws IOException {
                        throw new IOException("disk full");
                    }
                };
        one.links().bulk().fetch(N2, WHAT, 0, sink);

        sink.awaitEnd();
        assertThat(sink.failure)
                .isEqualTo(
                        new BulkFailure(
                                Code.SINK_FAILED, Retry.LATER, "it could not be kept: disk full"));
    }

    @Test
    void aNodeThatStopsEndsWhatItServes() {
        link(BulkOptions.DEFAULT, BulkOptions.DEFAULT);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch opened = new CountDownLatch(1);
        two.links()
                .bulk()
                .serve((peer, request, offset) -> {
                    opened.countDown();
                    awaitQuietly(release);
                    return new Memory(content, 0);
                });
        Collector sink = fetch(0);
        awaitQuietly(opened);

        two.close();

        sink.awaitEnd();
        release.countDown();
        assertThat(sink.failure).isNotNull();
        assertThat(sink.failure.code()).isEqualTo(Code.LINK);
        assertThat(sink.failure.retry()).isEqualTo(Retry.LATER);
    }

    @Test
    void withoutALinkThereIsNoTransfer() {
        one = cluster.start(N1);
        Collector sink = new Collector();
        one.links().bulk().fetch(new NodeId(9), WHAT, 0, sink);
        sink.awaitEnd();
        assertThat(sink.failure).isNotNull();
        assertThat(sink.failure.sentence()).startsWith("there is no link to n9");
        Bytes tooLong = Bytes.wrap(new byte[BulkLinks.REQUEST_BYTES_MAX + 1]);
        assertThatThrownBy(() -> one.links().bulk().fetch(N2, tooLong, 0, sink))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void link(BulkOptions ofOne, BulkOptions ofTwo) {
        one = cluster.start(N1, 1, 0, options -> options.withBulk(ofOne));
        two = cluster.start(N2, 1, 0, options -> options.withBulk(ofTwo));
        cluster.introduce(one, two);
        await().atMost(PATIENCE)
                .until(() -> one.heard().up.contains(N2) && two.heard().up.contains(N1));
    }

    private void serve() {
        two.links().bulk().serve((peer, request, offset) -> new Memory(content, (int) offset));
    }

    private Collector fetch(long offset) {
        Collector sink = new Collector();
        one.links().bulk().fetch(N2, WHAT, offset, sink);
        return sink;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Bytes in memory, read in uneven portions.
    private static class Memory implements BulkLinks.BulkSource {
        private final byte[] content;
        int at;

        Memory(byte[] content, int from) {
            this.content = content;
            this.at = from;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (at == content.length) {
                return -1;
            }
            int length = Math.min(Math.min(into.remaining(), 10_007), content.length - at);
            into.put(content, at, length);
            at += length;
            return length;
        }

        @Override
        public void close() {}
    }

    /// Keeps what comes.
    private static class Collector implements BulkLinks.Sink {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final CountDownLatch ended = new CountDownLatch(1);
        volatile long firstOffset = -1;
        volatile long total = -1;
        volatile @Nullable Bytes digest;
        volatile @Nullable BulkFailure failure;

        @Override
        public void chunk(long offset, ByteBuffer chunk) throws IOException {
            if (firstOffset < 0) {
                firstOffset = offset;
            }
            assertThat(offset).isEqualTo(firstOffset + bytes.size());
            bytes.write(Bytes.read(chunk, chunk.remaining()).toByteArray());
        }

        @Override
        public void done(long totalBytes, @Nullable Bytes sha256) {
            total = totalBytes;
            digest = sha256;
            ended.countDown();
        }

        @Override
        public void failed(BulkFailure why) {
            failure = why;
            ended.countDown();
        }

        void awaitEnd() {
            awaitQuietly(ended);
        }
    }
}
