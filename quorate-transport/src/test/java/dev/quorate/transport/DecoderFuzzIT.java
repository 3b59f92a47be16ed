package dev.quorate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Fuzzes every decoder of what comes from outside: `-Dfuzz.seconds` each, from `-Dfuzz.seed`.
///
/// A finding is told as hex; a line of it in `src/test/resources/fuzz` keeps it for ever.
class DecoderFuzzIT {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 4);
    private static final long SEED = Long.getLong("fuzz.seed", 7);

    @ParameterizedTest
    @EnumSource(FuzzTarget.class)
    void decodersStandWhateverComes(FuzzTarget target) throws Exception {
        Fuzzer fuzzer = new Fuzzer(target, SEED);
        fuzzer.replay();
        long tried = fuzzer.run(Duration.ofSeconds(SECONDS));
        System.err.printf(
                "fuzz %s: %,d inputs in %d s from seed %d, nothing found%n",
                target, tried, SECONDS, SEED);
        assertThat(tried).isPositive();
    }
}
