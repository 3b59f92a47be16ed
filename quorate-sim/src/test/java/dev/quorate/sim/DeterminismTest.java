package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.core.NodeCore;
import dev.quorate.storage.Journal;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A seed names one exact run.
class DeterminismTest {
    @ParameterizedTest
    @EnumSource
    void aSeedGivesTheSameRunTwice(Scenario scenario) {
        Report first = scenario.run(5);
        Report second = scenario.run(5);
        assertThat(second).isEqualTo(first);
    }

    @Test
    void anotherSeedGivesAnotherRun() {
        assertThat(Scenario.STORM.run(5).traceHash())
                .isNotEqualTo(Scenario.STORM.run(6).traceHash());
    }

    /// The order of `Set.of` and the like, and hash codes by identity, differ from JVM to JVM only.
    @Test
    void aSeedGivesTheSameRunInAnotherJvm() throws Exception {
        String[] arguments = {"--scenario", "all", "--seed", "77"};
        StringWriter here = new StringWriter();
        assertThat(SimMain.run(arguments, new PrintWriter(here))).isZero();

        assertThat(reports(inAnotherJvm(arguments)))
                .hasSize(Scenario.values().length)
                .isEqualTo(reports(here.toString()));
    }

    private static List<String> reports(String output) {
        return output.lines().filter(line -> line.startsWith("Report[")).toList();
    }

    private static String inAnotherJvm(String... arguments)
            throws IOException, InterruptedException, URISyntaxException {
        String classes =
                String.join(
                        File.pathSeparator,
                        placeOf(SimMain.class),
                        placeOf(Journal.class),
                        placeOf(NodeCore.class));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "-cp",
                                classes,
                                SimMain.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static String placeOf(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }
}
