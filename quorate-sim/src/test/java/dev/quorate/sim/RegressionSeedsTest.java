package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Seeds that once failed, from `regressions.txt`, each with a line of history.
class RegressionSeedsTest {
    @TestFactory
    Stream<DynamicTest> seedsThatOnceFailed() throws IOException {
        List<String> lines;
        try (InputStream in = RegressionSeedsTest.class.getResourceAsStream("/regressions.txt")) {
            assertThat(in).isNotNull();
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        return lines.stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(RegressionSeedsTest::test);
    }

    private static DynamicTest test(String line) {
        String[] words = line.split(" +", 3);
        Scenario scenario = Scenario.named(words[0]).orElseThrow();
        long seed = Long.parseUnsignedLong(words[1].substring(2), 16);
        return DynamicTest.dynamicTest(line, () -> scenario.run(seed));
    }
}
