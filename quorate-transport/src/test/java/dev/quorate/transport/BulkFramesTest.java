package dev.quorate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.transport.BulkFrames.Chunk;
import dev.quorate.transport.BulkFrames.Credit;
import dev.quorate.transport.BulkFrames.Done;
import dev.quorate.transport.BulkFrames.Failed;
import dev.quorate.transport.BulkFrames.Frame;
import dev.quorate.transport.BulkFrames.Request;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The frames of bulk transfers and their bytes, for ever.
class BulkFramesTest {
    static Map<Frame, String> golden() {
        Map<Frame, String> golden = new LinkedHashMap<>();
        golden.put(
                new Request(7, 131_072, Bytes.utf8("what")),
                "1100000001" + "0700000000000000" + "00000200" + "77686174");
        golden.put(new Credit(32_768), "0500000002" + "00800000");
        golden.put(
                new Chunk(7, 0x01020304, ByteBuffer.wrap(new byte[] {9, 8})),
                "0f00000003" + "0700000000000000" + "04030201" + "0908");
        golden.put(new Done(9, null), "0900000004" + "0900000000000000");
        golden.put(
                new Done(9, Bytes.wrap(new byte[32])),
                "2900000004" + "0900000000000000" + "00".repeat(32));
        golden.put(
                new Failed(new BulkFailure(BulkFailure.Code.BUSY, Retry.LATER, "no")),
                "0500000005" + "03" + "02" + "6e6f");
        return golden;
    }

    @TestFactory
    Stream<DynamicTest> everyFrameHasItsGoldenBytes() {
        return golden().entrySet().stream()
                .map(sample ->
                        DynamicTest.dynamicTest(
                                sample.getKey().getClass().getSimpleName(),
                                () -> {
                                    byte[] bytes = BulkFrames.encode(sample.getKey()).array();
                                    assertThat(HexFormat.of().formatHex(bytes))
                                            .isEqualTo(sample.getValue());
                                    assertThat(
                                                    BulkFrames.decode(
                                                            ByteBuffer.wrap(
                                                                    bytes, 4, bytes.length - 4)))
                                            .isEqualTo(sample.getKey());
                                }));
    }

    @Test
    void whatIsNotAllowedIsRefused() {
        for (String bad :
                new String[] {
                    "",
                    "00",
                    "09",
                    "01ffffffffffffffff00000200",
                    "01000000000000000000000000",
                    "0200000000",
                    "02ffffffff",
                    "03000000000000000000000000",
                    "04090000000000000000",
                    "050309",
                }) {
            assertThatThrownBy(
                            () -> BulkFrames.decode(ByteBuffer.wrap(HexFormat.of().parseHex(bad))))
                    .as(bad)
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("malformed");
        }
    }

    @Test
    void aCodeOfALaterVersionKeepsItsRetryClass() throws Exception {
        ByteBuffer later = ByteBuffer.wrap(HexFormat.of().parseHex("05c8046e6f"));
        assertThat(BulkFrames.decode(later))
                .isEqualTo(
                        new Failed(
                                new BulkFailure(
                                        BulkFailure.Code.SOURCE_FAILED, Retry.NEVER, "no")));
    }

    @Test
    void pacerSpreadsBytesOverTime() {
        Pacer pacer = new Pacer(1_000_000, 0);
        // a burst of 10 ms is free; what follows waits for its time
        long now = 0;
        long waited = 0;
        for (int i = 0; i < 100; i++) {
            long wait = pacer.book(10_000, now);
            waited += wait;
            now += wait;
        }
        assertThat(now).isEqualTo(980_000_000L);
        assertThat(waited).isEqualTo(now);
        // a pause is not saved up beyond the burst
        now += 10_000_000_000L;
        assertThat(pacer.book(10_000, now)).isZero();
        assertThat(pacer.book(10_000, now)).isZero();
        assertThat(pacer.book(10_000, now)).isPositive();
        assertThat(new Pacer(BulkOptions.UNLIMITED, 0).book(Integer.MAX_VALUE, 0)).isZero();
    }
}
