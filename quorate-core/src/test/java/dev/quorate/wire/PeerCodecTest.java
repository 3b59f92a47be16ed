package dev.quorate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage.Answer;
import dev.quorate.wire.PeerMessage.Forward;
import dev.quorate.wire.PeerMessage.RequestKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Messages and their bytes: both ways, for ever, and whatever a peer sends.
class PeerCodecTest {
    private static final Path GOLDEN = Path.of("src/test/resources/wire");

    @TestFactory
    Stream<DynamicTest> everyMessageHasItsGoldenBytes() {
        return Samples.all().entrySet().stream()
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getKey(),
                                () -> matchesGolden(sample.getKey(), sample.getValue())));
    }

    private static void matchesGolden(String name, PeerMessage message) throws IOException {
        Path file = GOLDEN.resolve(name + ".hex");
        byte[] bytes = encode(message);
        if (Boolean.getBoolean("golden.rewrite")) {
            Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
        }
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(Files.readString(file).strip());
        assertThat(decode(bytes)).isEqualTo(message);
    }

    @Test
    void encodedBytesTellsExactlyWhatIsWritten() {
        Samples.all()
                .forEach((name, message) ->
                        assertThat(PeerCodec.encodedBytes(message))
                                .as(name)
                                .isEqualTo(encode(message).length));
    }

    @Test
    void fixedTypesAreExactlyAsLongAsTheTableSays() {
        for (Map.Entry<String, PeerMessage> sample : Samples.all().entrySet()) {
            FrameType type = FrameType.of(sample.getValue());
            int length = encode(sample.getValue()).length - 4;
            boolean fixed =
                    type.bytesMax() < PeerCodec.FRAME_BYTES_MAX
                            && type != FrameType.LEADS
                            && type != FrameType.REFUSAL
                            && type != FrameType.GOSSIP
                            && type != FrameType.HERE
                            && type != FrameType.INVITATION
                            && type != FrameType.SNAPSHOT_OFFER;
            if (fixed) {
                assertThat(length).as(sample.getKey()).isEqualTo(type.bytesMax());
            }
        }
    }

    @Test
    void everyTypeHasASample() {
        assertThat(Samples.all().values().stream().map(FrameType::of))
                .containsAll(List.of(FrameType.values()));
    }

    @Test
    void everyShorteningOfAFrameIsRefused() {
        for (Map.Entry<String, PeerMessage> sample : Samples.all().entrySet()) {
            byte[] bytes = encode(sample.getValue());
            for (int length = 4; length < bytes.length; length++) {
                ByteBuffer cut = ByteBuffer.wrap(bytes, 4, length - 4);
                assertThatThrownBy(() -> PeerCodec.decode(cut))
                        .as(sample.getKey() + " cut to " + (length - 4))
                        .isInstanceOf(MalformedFrame.class);
            }
        }
    }

    @Test
    void aByteTooManyIsRefused() {
        byte[] bytes = encode(Samples.all().get("append-request"));
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);

        assertThatThrownBy(() -> decode(longer)).hasMessageContaining("1 bytes after the end");
    }

    @Test
    void aCodeOfALaterVersionIsARefusalThatKeepsItsRetryClassAndSentence() {
        Outcome.Rejected said =
                new Outcome.Rejected(Outcome.Code.OVERLOADED, Outcome.Retry.LATER, null, "soon");
        byte[] bytes = encode(new PeerMessage.Answer(7, said));
        // behind length, type, flags, request id and tag
        int at = 4 + 2 + 8 + 1;
        assertThat(bytes[at]).isEqualTo((byte) 3);
        bytes[at] = (byte) 200;

        assertThat(decode(bytes))
                .isEqualTo(
                        new PeerMessage.Answer(
                                7,
                                new Outcome.Rejected(
                                        Outcome.Code.REFUSED, Outcome.Retry.LATER, null, "soon")));
    }

    @Test
    void anyMutationIsAMessageOrMalformed() {
        long seed = Long.getLong("fuzz.seed", 7);
        Random random = new Random(seed);
        List<byte[]> seeds = Samples.all().values().stream().map(PeerCodecTest::encode).toList();
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())), random);
            try {
                PeerMessage message = PeerCodec.decode(ByteBuffer.wrap(bytes));
                // what was understood can be said again, and means the same
                assertThat(decode(encode(message))).isEqualTo(message);
            } catch (MalformedFrame expected) {
                assertThat(expected).hasMessageNotContaining("null");
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError(
                        "seed "
                                + seed
                                + ", round "
                                + round
                                + ": "
                                + HexFormat.of().formatHex(bytes),
                        failure);
            }
        }
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] bytes = Arrays.copyOfRange(original, 4, original.length);
        for (int i = random.nextInt(4); i >= 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                case 1 -> bytes[random.nextInt(bytes.length)] = (byte) 0xff;
                case 2 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                default -> bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length + 8));
            }
        }
        return bytes;
    }

    @Test
    void aHugeCountIsRefusedBeforeAnythingIsAllocated() {
        byte[] bytes = encode(Samples.all().get("append-request-probe"));
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length - 4, Integer.MAX_VALUE);

        assertThatThrownBy(() -> decode(bytes))
                .isInstanceOf(MalformedFrame.class)
                .hasMessage("entry count of 2147483647 does not fit the frame");
    }

    @Test
    void decodingLeavesTheBufferAsItWas() {
        byte[] bytes = encode(Samples.all().get("heartbeat"));
        ByteBuffer frame = ByteBuffer.wrap(bytes, 4, bytes.length - 4);

        PeerCodec.decode(frame);

        assertThat(frame.position()).isEqualTo(4);
        assertThat(frame.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }

    @Test
    void theLongestPayloadFitsEveryFrameItMayTravelIn() {
        Bytes payload = Bytes.wrap(new byte[PeerCodec.PAYLOAD_BYTES_MAX]);
        Entry entry = new Entry(1, 1, 1, Entry.Kind.COMMAND, payload);
        AppendRequest append = new AppendRequest(1, LogPosition.ZERO, List.of(entry), 0, 0, 0);
        List<PeerMessage> largest =
                List.of(
                        new PeerMessage.Raft(
                                new GroupId(1), new ReplicaId(1), new ReplicaId(2), append),
                        new Forward(
                                1,
                                new GroupId(1),
                                RequestKind.WRITE,
                                ReadLevel.LINEARIZABLE,
                                1,
                                payload),
                        new Answer(
                                1,
                                new Outcome.Applied(
                                        LogPosition.ZERO, 0, Outcome.Served.WRITTEN, payload)));

        for (PeerMessage message : largest) {
            assertThat(decode(encode(message))).isEqualTo(message);
        }
    }

    @Test
    void whatDoesNotFitAFrameIsRefusedByTheEncoder() {
        Bytes tooLong = Bytes.wrap(new byte[PeerCodec.FRAME_BYTES_MAX]);
        Forward forward =
                new Forward(
                        1, new GroupId(1), RequestKind.WRITE, ReadLevel.LINEARIZABLE, 1, tooLong);

        assertThatThrownBy(() -> encode(forward)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLongSentenceIsClipped() {
        Answer answer = new Answer(1, new Outcome.Unknown("x".repeat(5000)));

        assertThat(decode(encode(answer)))
                .isEqualTo(new Answer(1, new Outcome.Unknown("x".repeat(1024))));
    }

    @Test
    void anUnknownTypeIsRefusedByItsNumber() {
        byte[] frame = {(byte) 200, 0, 1, 2, 3};

        PeerMessage refusal = refusalOf(frame);

        assertThat(refusal).isEqualTo(Samples.all().get("refusal"));
    }

    @Test
    void aRequestOfAnUnknownTypeIsAnsweredUnderItsId() {
        // type 200, request id and deadline announced
        byte[] frame = HexFormat.of().parseHex("c803" + "6300000000000000" + "0100000000000000");

        PeerMessage refusal = refusalOf(frame);

        assertThat(refusal).isInstanceOf(Answer.class);
        assertThat(((Answer) refusal).requestId()).isEqualTo(0x63);
        assertThat(((Answer) refusal).outcome())
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        why -> {
                            assertThat(why.code()).isEqualTo(Outcome.Code.INVALID);
                            assertThat(why.retry()).isEqualTo(Outcome.Retry.NEVER);
                            assertThat(why.sentence()).contains("unknown frame type 200");
                        });
    }

    @Test
    void answersAndRefusalsAreNeverRefused() {
        for (String name : List.of("answer-applied", "refusal", "cancel")) {
            byte[] framed = encode(Samples.all().get(name));
            byte[] longer = Arrays.copyOfRange(framed, 4, framed.length + 1);
            assertThat(refusalOf(longer)).as(name).isNull();
        }
    }

    private static PeerMessage refusalOf(byte[] frame) {
        try {
            throw new AssertionError("taken: " + PeerCodec.decode(ByteBuffer.wrap(frame)));
        } catch (MalformedFrame why) {
            return PeerCodec.refusal(ByteBuffer.wrap(frame), why);
        }
    }

    @Test
    void theOldestVersionIsSentOnlyWhatHasNoGate() {
        for (FrameType type : FrameType.values()) {
            assertThat(FeatureSet.OURS.allows(type)).as(type.name()).isTrue();
            assertThat(FeatureSet.OLDEST.allows(type))
                    .as(type.name())
                    .isEqualTo(type.gate() == null);
        }
        assertThat(FeatureSet.OURS.common(FeatureSet.OLDEST)).isEqualTo(FeatureSet.OLDEST);
        assertThat(FeatureSet.OURS.common(new FeatureSet(9, -1L))).isEqualTo(FeatureSet.OURS);
    }

    @Test
    void onlyWhatMayDoAThingTwiceIsSentOnce() {
        assertThat(List.of(FrameType.values()))
                .filteredOn(type -> type.resend() == FrameType.Resend.ONCE)
                .containsExactly(FrameType.TIMEOUT_NOW, FrameType.FORWARD_WRITE);
    }

    @Test
    void urgentTypesTakeLaneZeroAndAGroupKeepsItsLane() {
        Map<String, PeerMessage> samples = Samples.all();

        assertThat(FrameType.lane(samples.get("heartbeat"), 4)).isZero();
        assertThat(FrameType.lane(samples.get("vote-reply"), 4)).isZero();
        assertThat(FrameType.lane(samples.get("forward-read"), 4)).isZero();
        int lane = FrameType.lane(samples.get("append-request"), 4);
        assertThat(lane).isBetween(1, 3);
        assertThat(FrameType.lane(samples.get("append-accepted"), 4)).isEqualTo(lane);
        assertThat(FrameType.lane(samples.get("forward-write"), 4)).isEqualTo(lane);
        assertThat(FrameType.lane(samples.get("answer-applied"), 4)).isBetween(1, 3);
    }

    private static byte[] encode(PeerMessage message) {
        ByteBuffer target = ByteBuffer.allocate(PeerCodec.encodedBytes(message));
        PeerCodec.encode(message, target);
        assertThat(target.remaining()).isZero();
        return target.array();
    }

    private static PeerMessage decode(byte[] framed) {
        return PeerCodec.decode(ByteBuffer.wrap(framed, 4, framed.length - 4));
    }
}
