package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The pieces that need no socket: hello, frames, queue, tokens, the log of refusals.
class WireTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);

    @Test
    void helloHasTheseBytesForEver() throws Exception {
        Hello hello = new Hello(1, 2, 3, CLUSTER, N2, 5, 6, "b1");
        ByteBuffer frame = hello.frame();
        assertThat(HexFormat.of().formatHex(bytes(frame)))
                .isEqualTo(
                        "38000000"
                                + "01"
                                + "0100"
                                + "0200"
                                + "0300000000000000"
                                + "0100000000000000"
                                + "0200000000000000"
                                + "0200000000000000"
                                + "0500000000000000"
                                + "0600000000000000"
                                + "02"
                                + "6231");
        assertThat(Hello.decode(frame.position(4).slice())).isEqualTo(hello);
    }

    @Test
    void helloTellsWhereBulkIsServedBehindExtensionsNobodyKnows() throws Exception {
        Hello hello = new Hello(1, 2, 3, CLUSTER, N2, 5, 6, "b1").withBulkPort(51_234);
        byte[] frame = bytes(hello.frame());
        assertThat(HexFormat.of().formatHex(frame)).startsWith("3d000000").endsWith("01020022c8");
        assertThat(Hello.decode(ByteBuffer.wrap(frame, 4, frame.length - 4))).isEqualTo(hello);

        String known = HexFormat.of().formatHex(frame, 4, frame.length);
        String unknown = known.replace("01020022c8", "ee0300aabbcc" + "01020022c8");
        ByteBuffer later = ByteBuffer.wrap(HexFormat.of().parseHex(unknown));
        assertThat(Hello.decode(later)).isEqualTo(hello);
    }

    @Test
    void helloOfALaterVersionMayBeLonger() throws Exception {
        Hello hello = new Hello(1, 9, 3, CLUSTER, N2, 5, 6, "later");
        ByteBuffer frame = hello.frame();
        ByteBuffer longer = ByteBuffer.allocate(frame.remaining() + 100);
        longer.put(frame.position(4)).position(0);
        assertThat(Hello.decode(longer)).isEqualTo(hello);
    }

    @TestFactory
    Stream<DynamicTest> anyBytesAreAHelloOrARefusal() {
        return IntStream.range(0, 20)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest(
                                "seed=" + seed, () -> decodeNoise(new Random(seed))));
    }

    @TestFactory
    Stream<DynamicTest> framesComeOutTheSameHoweverTheBytesAreCut() {
        return IntStream.range(0, 50)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest(
                                "seed=" + seed, () -> splitAtRandom(new Random(seed))));
    }

    @Test
    void splitterHoldsOnlyWhatArrivedOfALargeClaim() throws Exception {
        FrameSplitter splitter =
                new FrameSplitter(
                        UnpooledByteBufAllocator.DEFAULT, Links.FRAME_BYTES_MAX, frame -> {});
        ByteBuf claim = Unpooled.buffer().writeIntLE(Links.FRAME_BYTES_MAX);
        long before = UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        splitter.add(claim);
        long held = UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
        assertThat(held).isLessThan(1024);
        splitter.close();
    }

    @Test
    void queueRefusesWhatDoesNotFitAndTakesItOnceThereIsRoom() {
        SendQueue queue = new SendQueue(100, 200);
        assertThat(queue.offer(2, ByteBuffer.allocate(100))).isTrue();
        assertThat(queue.offer(1, ByteBuffer.allocate(0))).isFalse();
        SendQueue.Waiting first = Objects.requireNonNull(queue.poll());
        // polled is not sent: the room comes back only with release
        assertThat(queue.offer(1, ByteBuffer.allocate(10))).isFalse();
        assertThat(queue.inFlightBytes()).isEqualTo(164);
        queue.release(2, first.cost());
        assertThat(queue.offer(1, ByteBuffer.allocate(10))).isTrue();
        queue.clear();
        assertThat(queue.offer(1, ByteBuffer.allocate(136))).isTrue();
    }

    @Test
    void urgentFramesHaveRoomOfTheirOwnAndGoFirst() {
        SendQueue queue = new SendQueue(100, 200);
        assertThat(queue.offer(3, ByteBuffer.allocate(136))).isTrue();
        assertThat(queue.offer(1, ByteBuffer.allocate(1))).isFalse();
        assertThat(queue.offer(0, ByteBuffer.allocate(36))).isTrue();
        assertThat(queue.offer(0, ByteBuffer.allocate(1))).isFalse();
        assertThat(queue.waitingBytes()).isEqualTo(300);
        assertThat(Objects.requireNonNull(queue.poll()).lane()).isZero();
        assertThat(Objects.requireNonNull(queue.poll()).lane()).isEqualTo(3);
        assertThat(queue.poll()).isNull();
    }

    @Test
    void tokenIsGoodOnlyForTheAddressItWasMadeFor() throws Exception {
        AddressTokens tokens = new AddressTokens();
        InetAddress host = InetAddress.getLoopbackAddress();
        ByteBuf id = Unpooled.wrappedBuffer(new byte[] {1, 2, 3, 4});
        ByteBuf token = Unpooled.buffer();
        assertThat(tokens.writeToken(token, id, new InetSocketAddress(host, 7))).isTrue();

        int offset = tokens.validateToken(token, new InetSocketAddress(host, 7));
        assertThat(token.slice(offset, token.readableBytes() - offset)).isEqualTo(id);
        assertThat(tokens.validateToken(token, new InetSocketAddress(host, 8))).isEqualTo(-1);
        token.setByte(offset, 9);
        assertThat(tokens.validateToken(token, new InetSocketAddress(host, 7))).isEqualTo(-1);
        assertThat(tokens.validateToken(Unpooled.EMPTY_BUFFER, new InetSocketAddress(host, 7)))
                .isEqualTo(-1);
    }

    @Test
    void repeatedRefusalsAreHeldBackAndCounted() {
        // given
        AtomicLong now = new AtomicLong();
        List<String> said = new ArrayList<>();
        RefusalLog log = new RefusalLog((who, cause) -> said.add(who + ": " + cause), now::get);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7);

        // when the same caller is refused a thousand times, and once more ten seconds later
        for (int i = 0; i < 1000; i++) {
            log.report(address, "n2", RefusalCode.NAME, "no");
        }
        now.addAndGet(10_000_000_000L);
        log.report(address, "n2", RefusalCode.NAME, "no");

        // then
        assertThat(said)
                .containsExactly(
                        "n2 at localhost/127.0.0.1:7: no",
                        "n2 at localhost/127.0.0.1:7: no (and 999 more like it)");
    }

    @Test
    void refusalsOfManyCallersAreBoundedToo() throws Exception {
        List<String> said = new ArrayList<>();
        RefusalLog log = new RefusalLog((who, cause) -> said.add(who), () -> 0);
        for (int i = 0; i < 5000; i++) {
            InetAddress host =
                    InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
            log.report(new InetSocketAddress(host, 7), "", RefusalCode.UNTRUSTED, "no");
        }
        assertThat(said).hasSize(100);
    }

    @Test
    void sentencesFromOutsideCannotForgeLogLines() {
        assertThat(Sentences.printable("a\nERROR b\u001b[0m")).isEqualTo("a?ERROR b?[0m");
        assertThat(Sentences.utf8("ü".repeat(1000)).length).isLessThanOrEqualTo(400);
    }

    @Test
    void newerBootReplacesTheOlderAndNeverTheOtherWay() throws Exception {
        Boots boots = new Boots();
        boots.see(new Hello(1, 1, 0, CLUSTER, N1, 4, 1, ""));
        boots.see(new Hello(1, 1, 0, CLUSTER, N1, 5, 2, ""));
        boots.see(new Hello(1, 1, 0, CLUSTER, N1, 5, 2, ""));
        boots.see(new Hello(1, 1, 0, CLUSTER, N2, 1, 9, ""));
        assertThatThrownBy(() -> boots.see(new Hello(1, 1, 0, CLUSTER, N1, 4, 1, "")))
                .hasMessageContaining("rolled back");
        assertThatThrownBy(() -> boots.see(new Hello(1, 1, 0, CLUSTER, N1, 5, 3, "")))
                .hasMessageContaining("copied");
    }

    private static void decodeNoise(Random random) {
        byte[] valid = bytes(new Hello(1, 1, 0, CLUSTER, N1, 1, 1, "noise").frame());
        for (int i = 0; i < 2000; i++) {
            byte[] noise = new byte[random.nextInt(120)];
            random.nextBytes(noise);
            if (random.nextBoolean()) {
                noise = valid.clone();
                noise[4 + random.nextInt(noise.length - 4)] = (byte) random.nextInt();
            }
            try {
                ByteBuffer frame = ByteBuffer.wrap(noise).position(Math.min(4, noise.length));
                assertThat(Hello.decode(frame).build().length()).isLessThanOrEqualTo(255);
            } catch (Refused refused) {
                assertThat(refused.code()).isEqualTo(RefusalCode.PROTOCOL_ERROR);
            }
        }
    }

    private static void splitAtRandom(Random random) throws Refused {
        List<Bytes> sent = new ArrayList<>();
        ByteBuf stream = Unpooled.buffer();
        for (int i = 0; i < 50; i++) {
            byte[] content = new byte[random.nextInt(10) == 0 ? 5000 : random.nextInt(40)];
            random.nextBytes(content);
            sent.add(Bytes.copyOf(content));
            stream.writeIntLE(content.length).writeBytes(content);
        }
        List<Bytes> received = new ArrayList<>();
        FrameSplitter splitter =
                new FrameSplitter(
                        UnpooledByteBufAllocator.DEFAULT,
                        Links.FRAME_BYTES_MAX,
                        frame -> received.add(Bytes.read(frame, frame.remaining())));
        while (stream.isReadable()) {
            int cut = random.nextInt(3) == 0 ? 1 + random.nextInt(7) : 1 + random.nextInt(3000);
            splitter.add(stream.readSlice(Math.min(stream.readableBytes(), cut)));
        }
        assertThat(received).isEqualTo(sent);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        return Bytes.read(buffer.duplicate(), buffer.remaining()).toByteArray();
    }
}
