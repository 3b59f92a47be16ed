package dev.quorate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every decoder with what is kept of earlier fuzzing, and a moment of fresh mutations;
/// [DecoderFuzzIT] takes longer.
class DecoderCorpusTest {
    private static final long SEED = 1;

    @ParameterizedTest
    @EnumSource(FuzzTarget.class)
    void whatWasFoundOnceIsNotFoundAgain(FuzzTarget target) throws Exception {
        assertThat(target.seeds()).isNotEmpty();
        Fuzzer fuzzer = new Fuzzer(target, SEED);
        fuzzer.replay();
        assertThat(fuzzer.run(Duration.ofMillis(300))).isPositive();
    }
}
