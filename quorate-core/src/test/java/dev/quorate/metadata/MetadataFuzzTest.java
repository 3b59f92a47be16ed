package dev.quorate.metadata;

import dev.quorate.fuzz.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Decoders of group 0's entries and states.
class MetadataFuzzTest {
    @ParameterizedTest
    @EnumSource(MetadataFuzzTarget.class)
    void decodersStandWhateverComes(MetadataFuzzTarget target) throws Exception {
        Fuzzing.fuzz(target);
    }
}
