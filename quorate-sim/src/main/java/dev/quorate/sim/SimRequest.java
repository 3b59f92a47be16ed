package dev.quorate.sim;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What was asked for on the command line.
///
/// @param scenarios played in turn, for every seed
/// @param seeds how many; [Long#MAX_VALUE] when time is the limit
/// @param limit how long to go on
/// @param variant what is made smaller in every run
/// @param trace file that takes every step; empty for none
/// @param after what to do once a run has failed
record SimRequest(
        List<Scenario> scenarios,
        long firstSeed,
        long seeds,
        Duration limit,
        Variant variant,
        String trace,
        AfterFailure after) {
    /// What to do once a run has failed.
    enum AfterFailure {
        /// Print it and end.
        STOP,
        /// Print it and go on.
        GO_ON,
        /// Look for a smaller form of it, print that and end.
        SHRINK,
    }

    static final String USAGE =
            "usage: quorate sim --scenario NAME|all [--seed S] [--seeds N] [--for 30m]"
                    + " [--with groups=1,clients=2,faults=crash+cut,storm=500]"
                    + " [--shrink] [--keep-going] [--trace FILE]";

    /// @throws IllegalArgumentException with a sentence, if the arguments make no sense
    static SimRequest parse(String[] arguments) {
        Draft draft = new Draft();
        for (int at = 0; at < arguments.length; at++) {
            switch (arguments[at]) {
                case "--shrink" -> draft.after = AfterFailure.SHRINK;
                case "--keep-going" -> draft.after = AfterFailure.GO_ON;
                default -> {
                    if (at + 1 == arguments.length) {
                        throw new IllegalArgumentException(
                                arguments[at] + " lacks a value; " + USAGE);
                    }
                    draft.take(arguments[at], arguments[at + 1]);
                    at++;
                }
            }
        }
        return draft.done();
    }

    private static final class Draft {
        private List<Scenario> scenarios = List.of(Scenario.values());
        private long firstSeed = 1;
        private long seeds = -1;
        private Duration limit = Duration.ofDays(365);
        private Variant variant = Variant.AS_DRAWN;
        private String trace = "";
        private AfterFailure after = AfterFailure.STOP;

        void take(String option, String value) {
            switch (option) {
                case "--scenario" -> scenarios = scenarios(value);
                case "--trace" -> trace = value;
                case "--seed" -> firstSeed = seed(value);
                case "--seeds" -> seeds = seed(value);
                case "--with" -> variant = Variant.parse(value);
                case "--for" -> {
                    limit = duration(value);
                    seeds = seeds < 0 ? Long.MAX_VALUE : seeds;
                }
                default ->
                        throw new IllegalArgumentException(
                                "unknown option " + option + "; " + USAGE);
            }
        }

        SimRequest done() {
            return new SimRequest(
                    scenarios, firstSeed, seeds < 0 ? 1 : seeds, limit, variant, trace, after);
        }
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
