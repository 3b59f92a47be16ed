package dev.quorate.wire;

import dev.quorate.fuzz.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Decoders of what other nodes say, and of entries of the log.
class WireFuzzTest {
    @ParameterizedTest
    @EnumSource(WireFuzzTarget.class)
    void decodersStandWhateverComes(WireFuzzTarget target) throws Exception {
        Fuzzing.fuzz(target);
    }
}
