package dev.quorate.storage;

import dev.quorate.fuzz.Fuzzing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Readers of what is on the disk.
class StorageFuzzTest {
    @ParameterizedTest
    @EnumSource(StorageFuzzTarget.class)
    void readersStandWhateverTheyFind(StorageFuzzTarget target) throws Exception {
        Fuzzing.fuzz(target);
    }
}
