package dev.quorate.sim;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// The command `quorate sim`: plays scenarios, one seed after the other, until one fails.
public final class SimMain {
    /// What was asked for on the command line.
    ///
    /// @param scenarios played in turn, for every seed
    /// @param seeds how many; [Long#MAX_VALUE] when time is the limit
    /// @param limit how long to go on
    /// @param trace file that takes every step; empty for none
    record Request(
            List<Scenario> scenarios, long firstSeed, long seeds, Duration limit, String trace) {
        static final String USAGE =
                "usage: quorate sim --scenario NAME|all [--seed S] [--seeds N] [--for 30m]"
                        + " [--trace FILE]";

        /// @throws IllegalArgumentException with a sentence, if the arguments make no sense
        static Request parse(String[] arguments) {
            List<Scenario> scenarios = List.of(Scenario.values());
            long firstSeed = 1;
            long seeds = -1;
            Duration limit = Duration.ofDays(365);
            String trace = "";
            for (int at = 0; at < arguments.length; at += 2) {
                if (at + 1 == arguments.length) {
                    throw new IllegalArgumentException(arguments[at] + " lacks a value; " + USAGE);
                }
                String value = arguments[at + 1];
                switch (arguments[at]) {
                    case "--scenario" -> scenarios = scenarios(value);
                    case "--trace" -> trace = value;
                    case "--seed" -> firstSeed = seed(value);
                    case "--seeds" -> seeds = seed(value);
                    case "--for" -> {
                        limit = duration(value);
                        seeds = seeds < 0 ? Long.MAX_VALUE : seeds;
                    }
                    default ->
                            throw new IllegalArgumentException(
                                    "unknown option " + arguments[at] + "; " + USAGE);
                }
            }
            return new Request(scenarios, firstSeed, seeds < 0 ? 1 : seeds, limit, trace);
        }

        private static List<Scenario> scenarios(String label) {
            if (label.equals("all")) {
                return List.of(Scenario.values());
            }
            return List.of(
                    Scenario.named(label)
                            .orElseThrow(() ->
                                    new IllegalArgumentException(
                                            "no scenario is called "
                                                    + label
                                                    + "; there are: all "
                                                    + labels())));
        }

        private static String labels() {
            StringBuilder text = new StringBuilder();
            for (Scenario scenario : Scenario.values()) {
                text.append(' ').append(scenario.label());
            }
            return text.toString().strip();
        }

        private static long seed(String text) {
            try {
                return text.startsWith("0x")
                        ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                        : Long.parseLong(text);
            } catch (NumberFormatException malformed) {
                throw new IllegalArgumentException(
                        text + " is no number; give decimal or 0x… digits", malformed);
            }
        }

        private static Duration duration(String text) {
            try {
                return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
            } catch (DateTimeException malformed) {
                throw new IllegalArgumentException(
                        text + " is no duration; write 90s, 30m or 1h30m", malformed);
            }
        }
    }

    private SimMain() {}

    /// Ends the process with 0 only if no run failed; 2 means the command line was wrong.
    public static void main(String[] arguments) {
        PrintWriter out =
                new PrintWriter(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out));
    }

    /// Does what [#main] does, and returns the exit code.
    static int run(String[] arguments, PrintWriter out) {
        Request request;
        try {
            request = Request.parse(arguments);
        } catch (IllegalArgumentException wrong) {
            out.println(wrong.getMessage());
            return 2;
        }
        if (request.trace().isEmpty()) {
            return play(request, new TraceLog(), out);
        }
        try (PrintWriter trace = new PrintWriter(request.trace(), StandardCharsets.UTF_8)) {
            return play(request, new TraceLog(trace::println), out);
        } catch (IOException unwritable) {
            out.println("cannot write the trace to " + request.trace() + ": " + unwritable);
            return 2;
        }
    }

    private static int play(Request request, TraceLog trace, PrintWriter out) {
        long began = System.nanoTime();
        Tally tally = new Tally();
        for (long i = 0; i < request.seeds(); i++) {
            for (Scenario scenario : request.scenarios()) {
                if (System.nanoTime() - began > request.limit().toNanos()) {
                    return end(tally, began, out);
                }
                try {
                    Report report = scenario.run(request.firstSeed() + i, trace.fresh());
                    tally.add(report);
                    if (request.seeds() == 1) {
                        out.println(report);
                    }
                } catch (Violation violation) {
                    tally.fail();
                    out.println(violation.getMessage());
                    return end(tally, began, out);
                }
            }
        }
        return end(tally, began, out);
    }

    private static int end(Tally tally, long began, PrintWriter out) {
        out.println(tally.summary(System.nanoTime() - began));
        return tally.failures() == 0 ? 0 : 1;
    }
}
