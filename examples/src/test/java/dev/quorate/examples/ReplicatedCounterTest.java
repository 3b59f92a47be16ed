package dev.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The first example runs.
class ReplicatedCounterTest {
    @TempDir Path directory;

    @Test
    void itCountsAcrossRestarts() throws Exception {
        assertThat(ReplicatedCounter.countOnce(directory)).isEqualTo(1);
        assertThat(ReplicatedCounter.countOnce(directory)).isEqualTo(2);
    }
}
