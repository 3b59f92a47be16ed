package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The command line, without a cluster.
class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir private Path directory;

    private int run(String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(arguments);
    }

    @Test
    void helpNamesEveryCommand() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("dev", "start", "status", "init", "config", "sim");
    }

    @Test
    void everyCommandHasHelp() {
        for (String command : Main.commandLine().getSubcommands().keySet()) {
            assertThat(run(command, "--help")).as(command).isZero();
        }
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aMistypedCommandIsRefusedWithTheNearestOne() {
        assertThat(run("statsu")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("statsu").contains("status");
    }

    @Test
    void nothingToDoIsAUsageError() {
        assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("Say what to do");
    }

    @Test
    void versionIsPrinted() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("quorate ").contains("Java 2");
    }

    @Test
    void aNodeWithoutADirectoryIsRefusedInASentence() {
        assertThat(run("start", "--dir", directory.resolve("none").toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith("quorate: ").contains("none").doesNotContain("\tat ");
    }

    @Test
    void statusWithoutAClusterSaysHowToStartOne() {
        assertThat(run("status", "--dir", directory.toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith("quorate: No cluster found in");
    }

    @Test
    void statusNamesEveryNodeThatDoesNotAnswer() {
        String admins = "http://127.0.0.1:1,http://127.0.0.1:2";
        assertThat(run("status", "--admin", admins)).isEqualTo(1);
        assertThat(err.toString()).contains("127.0.0.1:1 does not", "127.0.0.1:2 does not");
    }

    @Test
    void aWrongSettingIsNamedWithTheNearestRightOne() throws IOException {
        Files.writeString(directory.resolve("quorate.toml"), "[raft]\nelection-timeuot = \"1s\"\n");
        assertThat(run("config", "check", "--dir", directory.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("election-timeuot").contains("raft.election-timeout");
    }

    @Test
    void explainShowsWhereAValueComesFrom() throws IOException {
        Files.writeString(directory.resolve("quorate.toml"), "[raft]\nheartbeat = \"50ms\"\n");
        assertThat(run("config", "explain", "--dir", directory.toString())).isZero();
        assertThat(out.toString())
                .containsPattern("raft.heartbeat +50ms +\\S*quorate.toml")
                .containsPattern("apply.lanes +2 +default");
    }

    @Test
    void devRefusesNumbersThatMakeNoSense() {
        assertThat(run("dev", "--dir", directory.toString(), "--nodes", "0")).isEqualTo(1);
        assertThat(err.toString()).contains("--nodes 0 is not between");
    }
}
