package dev.quorate.fuzz;

import java.time.Duration;

/// Fuzzes targets for as long as is asked for: `-Dfuzz.seconds` each, from `-Dfuzz.seed`.
public final class Fuzzing {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("fuzz.seconds", 1));
    private static final long SEED = Long.getLong("fuzz.seed", 7);

    private Fuzzing() {}

    /// Tries everything that is kept of earlier runs, then fresh mutations; says how many.
    ///
    /// A finding is told as hex; a line of it in the module's `src/test/resources/fuzz` keeps it
    /// for ever.
    public static void fuzz(FuzzTarget target) throws Exception {
        FuzzTarget.require(!target.seeds().isEmpty(), target + " has nothing to begin with");
        Fuzzer fuzzer = new Fuzzer(target, SEED);
        fuzzer.replay();
        long tried = fuzzer.run(TIME);
        FuzzTarget.require(tried > 0, target + " was not run");
        System.err.printf(
                "fuzz %s: %,d inputs, %d ways, in %d s from seed %d, nothing found%n",
                target, tried, fuzzer.answers(), TIME.toSeconds(), SEED);
    }
}
