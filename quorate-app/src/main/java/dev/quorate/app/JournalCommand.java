package dev.quorate.app;

import dev.quorate.app.admin.ReportJson;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.storage.Disk.StorageFailure;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.JournalReport;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `quorate journal`: what is in a node's journal, and is it whole? Nothing is changed.
@Command(
        name = "journal",
        description = {
            "Inspects the journal of a node. Nothing is changed.",
            "The journal of a node that runs may look torn at its end.",
        })
final class JournalCommand implements Runnable {
    /// The journal can be read, but something is missing.
    private static final int DAMAGED = 3;

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    /// Whose journal, and how to print.
    static final class Options {
        @SuppressWarnings("NullAway.Init") // set by picocli
        @Option(
                names = "--dir",
                required = true,
                paramLabel = "DIR",
                description = "Directory of the node, or of its journal.")
        private Path directory;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FORMAT",
                description = "table (default) or json.")
        private Format format = Format.TABLE;
    }

    /// How to print.
    enum Format {
        TABLE,
        JSON
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Say what to do: journal verify, stats, or dump");
    }

    @Command(
            name = "verify",
            description = {
                "Reads every record, as a start of the node would, and says what is damaged.",
                "Exit code 0 if nothing is, 3 if something is.",
            })
    int verify(@Mixin Options options) {
        JournalReport report = read(options, JournalReport::of);
        JournalTable.Verdict verdict = JournalTable.verdict(report);
        print(options, verdict, JournalTable.of(verdict));
        return report.damages().isEmpty() ? 0 : DAMAGED;
    }

    @Command(name = "stats", description = "Shows the segments, and what they hold of each group.")
    int stats(@Mixin Options options) {
        JournalTable.Stats stats = JournalTable.stats(read(options, JournalReport::of));
        print(options, stats, JournalTable.of(stats));
        return 0;
    }

    @Command(
            name = "dump",
            description = {
                "Shows every record that can be read, in the order of writing.",
                "The content of entries is not shown, only its length.",
            })
    int dump(@Mixin Options options) {
        PrintWriter out = spec.commandLine().getOut();
        Consumer<JournalReport.Line> print =
                line ->
                        out.println(
                                options.format == Format.JSON
                                        ? JournalTable.json(line)
                                        : JournalTable.of(line));
        read(
                options,
                disk -> {
                    JournalReport.dump(disk, print);
                    return 0;
                });
        out.flush();
        return 0;
    }

    private void print(Options options, Object json, String table) {
        PrintWriter out = spec.commandLine().getOut();
        switch (options.format) {
            case JSON -> out.println(ReportJson.write(json));
            case TABLE -> out.print(table);
        }
        out.flush();
    }

    /// Something that is read from a journal.
    private interface Reading<T> {
        T from(FileDisk disk);
    }

    private static <T> T read(Options options, Reading<T> reading) {
        Path inner = options.directory.resolve("journal");
        Path journal = Files.isDirectory(inner) ? inner : options.directory;
        if (!Files.isDirectory(journal)) {
            throw new CommandFailure(
                    "There is no directory " + journal + ". Is --dir a node's directory?");
        }
        try (FileDisk disk = FileDisk.readOnly(journal)) {
            return reading.from(disk);
        } catch (StorageFailure failure) {
            throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
        }
    }
}
