package dev.quorate.transport;

import dev.quorate.fuzz.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Decoders of links, transfers, certificates and tokens.
class TransportFuzzTest {
    @ParameterizedTest
    @EnumSource(TransportFuzzTarget.class)
    void decodersStandWhateverComes(TransportFuzzTarget target) throws Exception {
        Fuzzing.fuzz(target);
    }
}
