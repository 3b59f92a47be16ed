package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/// The command line.
class SimMainTest {
    private final StringWriter output = new StringWriter();

    @Test
    void aRunThatGoesWellEndsWithZeroAndASummary() {
        assertThat(run("--scenario", "calm", "--seed", "0x2")).isZero();
        assertThat(output.toString())
                .contains("Report[scenario=calm, seed=2")
                .contains("1 runs, 0 failed");
    }

    @Test
    void timeLimitsTheNumberOfRuns() {
        assertThat(run("--scenario", "calm", "--for", "0s")).isZero();
        assertThat(output.toString()).contains("0 runs, 0 failed");
    }

    @Test
    void anUnknownScenarioIsRefusedWithTheNamesThereAre() {
        assertThat(run("--scenario", "strom")).isEqualTo(2);
        assertThat(output.toString()).contains("strom").contains("storm").contains("tiny-limits");
    }

    @Test
    void anUnknownOptionIsRefused() {
        assertThat(run("--seconds", "3")).isEqualTo(2);
        assertThat(output.toString()).contains("unknown option --seconds").contains("usage:");
    }

    @Test
    void aMalformedNumberIsRefused() {
        assertThat(run("--seed", "0xyz")).isEqualTo(2);
        assertThat(output.toString()).contains("0xyz is no number");
        assertThat(run("--for", "soon")).isEqualTo(2);
        assertThat(output.toString()).contains("soon is no duration");
        assertThat(run("--seed")).isEqualTo(2);
        assertThat(output.toString()).contains("--seed lacks a value");
    }

    private int run(String... arguments) {
        return SimMain.run(arguments, new PrintWriter(output, true));
    }
}
