package dev.quorate.kv.command;

import dev.quorate.fuzz.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Decoders of what clients say, and of what nodes say on their behalf.
class CommandFuzzTest {
    @ParameterizedTest
    @EnumSource(CommandFuzzTarget.class)
    void decodersStandWhateverComes(CommandFuzzTarget target) throws Exception {
        Fuzzing.fuzz(target);
    }
}
