package dev.quorate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.swim.SupportMessage;
import dev.quorate.swim.SwimMessage;
import dev.quorate.swim.SwimPacket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Datagrams and their bytes: both ways, for ever, and whatever a stranger sends.
class SwimCodecTest {
    private static final Path GOLDEN = Path.of("src/test/resources/swim");

    @TestFactory
    Stream<DynamicTest> everyDatagramHasItsGoldenBytes() {
        return SwimSamples.packets().entrySet().stream()
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getKey(),
                                () ->
                                        matchesGolden(
                                                sample.getKey(),
                                                encode(sample.getValue()),
                                                sample.getValue(),
                                                SwimCodec::decode)));
    }

    @TestFactory
    Stream<DynamicTest> everySupportMessageHasItsGoldenBytes() {
        return SwimSamples.support().entrySet().stream()
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getKey(),
                                () ->
                                        matchesGolden(
                                                "support-" + sample.getKey(),
                                                encode(sample.getValue()),
                                                sample.getValue(),
                                                SupportCodec::decode)));
    }

    private static <T> void matchesGolden(
            String name, byte[] bytes, T message, Function<ByteBuffer, T> decode)
            throws IOException {
        Path file = GOLDEN.resolve(name + ".hex");
        if (Boolean.getBoolean("golden.rewrite")) {
            Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
        }
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(Files.readString(file).strip());
        assertThat(decode.apply(ByteBuffer.wrap(bytes))).isEqualTo(message);
    }

    @Test
    void everyTypeOfMessageHasASample() {
        assertThat(SwimSamples.packets().values())
                .extracting(packet -> (Object) packet.message().getClass())
                .contains((Object[]) SwimMessage.class.getPermittedSubclasses());
        assertThat(SwimSamples.support().values())
                .extracting(message -> (Object) message.getClass())
                .contains((Object[]) SupportMessage.class.getPermittedSubclasses());
    }

    @Test
    void aDatagramCutAnywhereIsRefused() {
        for (SwimPacket packet : SwimSamples.packets().values()) {
            byte[] bytes = encode(packet);
            for (int length = 0; length < bytes.length; length++) {
                ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(bytes, length));
                assertThatThrownBy(() -> SwimCodec.decode(cut))
                        .as("%s cut to %d", packet, length)
                        .isInstanceOf(MalformedFrame.class);
            }
            assertThatThrownBy(() ->
                            SwimCodec.decode(
                                    ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1))))
                    .isInstanceOf(MalformedFrame.class);
        }
    }

    @Test
    void aDatagramOfAnotherProtocolOrVersionIsRefused() {
        byte[] bytes = encode(SwimSamples.packets().get("ping"));
        for (int at = 0; at < 4; at++) {
            byte[] other = bytes.clone();
            other[at] = 99;
            assertThatThrownBy(() -> SwimCodec.decode(ByteBuffer.wrap(other)))
                    .isInstanceOf(MalformedFrame.class);
        }
    }

    @Test
    void damagedAndRandomBytesAreRefusedOrReadButNeverCrash() {
        long seed = 4711;
        Random random = new Random(seed);
        List<SwimPacket> packets = List.copyOf(SwimSamples.packets().values());
        List<SupportMessage> support = List.copyOf(SwimSamples.support().values());
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes =
                    i % 2 == 0
                            ? encode(packets.get(random.nextInt(packets.size())))
                            : encode(support.get(random.nextInt(support.size())));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            survives(SwimCodec::decode, bytes, seed);
            survives(SupportCodec::decode, bytes, seed);
        }
    }

    private static void survives(Function<ByteBuffer, ?> decode, byte[] bytes, long seed) {
        try {
            var _ = decode.apply(ByteBuffer.wrap(bytes));
        } catch (MalformedFrame refused) {
            assertThat(refused).as("seed %d", seed).hasMessageMatching(".+");
        }
    }

    private static byte[] encode(SwimPacket packet) {
        ByteBuffer target = ByteBuffer.allocate(packet.bytes());
        SwimCodec.encode(packet, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    private static byte[] encode(SupportMessage message) {
        ByteBuffer target = ByteBuffer.allocate(SupportCodec.encodedBytes(message));
        SupportCodec.encode(message, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }
}
