package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerCodec;
import dev.quorate.wire.PeerMessage.Forward;
import dev.quorate.wire.PeerMessage.RequestKind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What waits for the reactor: bounded where somebody can be told, never where nobody can (R10).
class MailboxTest {
    private static final NodeId N2 = new NodeId(2);
    private static final Forward FORWARD =
            new Forward(
                    1, new GroupId(1), RequestKind.WRITE, ReadLevel.LINEARIZABLE, 1, Bytes.EMPTY);

    @Test
    void clientsAndPeersAreBoundedAndCompletionsAreNot() {
        Mailbox mailbox = new Mailbox(new Mailbox.Bounds(4, 1 << 20, 4, 1 << 20));
        for (int i = 0; i < 4; i++) {
            assertThat(mailbox.offer(request(i, 1))).isTrue();
            assertThat(mailbox.offer(new NodeInput.Received(N2, FORWARD), 30)).isTrue();
        }

        assertThat(mailbox.offer(request(9, 1))).isFalse();
        assertThat(mailbox.offer(new NodeInput.Received(N2, FORWARD), 30)).isFalse();
        for (long ticket = 1; ticket <= 10_000; ticket++) {
            mailbox.post(new NodeInput.Persisted(ticket));
        }
        for (long ticket = 1; ticket <= 10_000; ticket++) {
            assertThat(mailbox.pollCompletion()).isEqualTo(new NodeInput.Persisted(ticket));
        }
        assertThat(mailbox.pollClient()).isNotNull();
        assertThat(mailbox.offer(request(9, 1))).isTrue();
    }

    @Test
    void bytesAreBoundedToo() {
        Mailbox mailbox = new Mailbox(new Mailbox.Bounds(1024, 100, 1024, 1000));

        assertThat(mailbox.offer(request(1, 900))).isTrue();
        assertThat(mailbox.offer(request(2, 900))).isFalse();
        mailbox.pollClient();
        assertThat(mailbox.offer(request(3, 900))).isTrue();
        assertThat(mailbox.offer(new NodeInput.Received(N2, FORWARD), 60)).isTrue();
        assertThat(mailbox.offer(new NodeInput.Received(N2, FORWARD), 60)).isFalse();
    }

    @Test
    void aSleeperIsWokenByMail() throws Exception {
        Mailbox mailbox = new Mailbox(Mailbox.Bounds.DEFAULT);
        CompletableFuture<NodeInput> got = new CompletableFuture<>();
        Thread reader =
                Thread.ofPlatform()
                        .start(() -> {
                            while (mailbox.isEmpty()) {
                                mailbox.await(TimeUnit.HOURS.toNanos(1));
                            }
                            got.complete(mailbox.pollCompletion());
                        });

        mailbox.post(new NodeInput.Persisted(5));

        assertThat(got.get(20, TimeUnit.SECONDS)).isEqualTo(new NodeInput.Persisted(5));
        reader.join();
    }

    @Test
    void badFramesAreCountedAndToldNotThrown() {
        TraceLog log = new TraceLog();
        Mailbox mailbox = new Mailbox(Mailbox.Bounds.DEFAULT);
        LinkAdapter adapter = new LinkAdapter(mailbox, log);

        adapter.received(N2, ByteBuffer.wrap(new byte[] {99, 0, 1}));
        adapter.received(N2, frame());

        assertThat(adapter.malformed()).isEqualTo(1);
        assertThat(log.refusals().getFirst().sentence()).contains("from n2: unknown frame type 99");
        assertThat(mailbox.pollPeer()).isEqualTo(new NodeInput.Received(N2, FORWARD));
        assertThat(mailbox.pollPeer()).isNull();
    }

    @Test
    void whatIsRememberedOfStrangersIsBounded() {
        TraceLog log = new TraceLog();
        for (int i = 0; i < 10_000; i++) {
            log.refused("stranger " + i);
        }

        assertThat(log.refusals()).hasSizeLessThan(100);
        assertThat(log.refusals().getLast().sentence()).isEqualTo("stranger 9999");
    }

    private static ByteBuffer frame() {
        ByteBuffer frame = ByteBuffer.allocate(PeerCodec.encodedBytes(FORWARD));
        PeerCodec.encode(FORWARD, frame);
        return frame.flip().position(4);
    }

    private static ClientRequest request(long id, int bytes) {
        return new ClientRequest(
                id,
                new NodeInput.Write(
                        id, new GroupId(1), Bytes.wrap(new byte[bytes]), 0, Reach.FORWARD),
                new CompletableFuture<>());
    }
}
