package dev.quorate.sim;

import dev.quorate.sim.Scenario.Draw;
import dev.quorate.sim.Shrinker.Failure;
import dev.quorate.sim.SimRequest.AfterFailure;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The command `quorate sim`: plays scenarios, one seed after the other, until one fails, or
/// beyond.
public final class SimMain {
    private static final long PROGRESS_NANOS = 60_000_000_000L;
    private static final int SHRINK_TRIES_MAX = 2_000;

    private final SimRequest request;
    private final TraceLog trace;
    private final PrintWriter out;
    private final long began = System.nanoTime();
    private final Tally tally = new Tally();
    private final List<String> failed = new ArrayList<>();
    private long nextProgress = PROGRESS_NANOS;

    private SimMain(SimRequest request, TraceLog trace, PrintWriter out) {
        this.request = request;
        this.trace = trace;
        this.out = out;
    }

    /// Ends the process with 0 only if no run failed; 2 means the command line was wrong.
    public static void main(String[] arguments) {
        PrintWriter out =
                new PrintWriter(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out));
    }

    /// Does what [#main] does, and returns the exit code.
    static int run(String[] arguments, PrintWriter out) {
        SimRequest request;
        try {
            request = SimRequest.parse(arguments);
        } catch (IllegalArgumentException wrong) {
            out.println(wrong.getMessage());
            return 2;
        }
        if (request.trace().isEmpty()) {
            return new SimMain(request, new TraceLog(), out).play();
        }
        try (PrintWriter file = new PrintWriter(request.trace(), StandardCharsets.UTF_8)) {
            return new SimMain(request, new TraceLog(file::println), out).play();
        } catch (IOException unwritable) {
            out.println("cannot write the trace to " + request.trace() + ": " + unwritable);
            return 2;
        }
    }

    private int play() {
        for (long i = 0; i < request.seeds(); i++) {
            for (Scenario scenario : request.scenarios()) {
                long spent = System.nanoTime() - began;
                if (spent > request.limit().toNanos()
                        || (!play(scenario, request.firstSeed() + i)
                                && request.after() != AfterFailure.GO_ON)) {
                    return end();
                }
                progress(spent);
            }
        }
        return end();
    }

    /// @return whether the run went well
    private boolean play(Scenario scenario, long seed) {
        try {
            Report report = scenario.run(new Draw(seed, request.variant(), trace.fresh()));
            tally.add(report);
            if (request.seeds() == 1) {
                out.println(report);
            }
            return true;
        } catch (Violation violation) {
            tally.fail();
            failed.add(request.variant().replay(scenario.label(), seed));
            out.println(violation.getMessage());
            if (request.after() == AfterFailure.SHRINK) {
                shrink(scenario, seed);
            }
            return false;
        }
    }

    private void shrink(Scenario scenario, long seed) {
        Failure found = Shrinker.play(scenario, seed, request.variant());
        if (found == null) {
            out.println("Nothing to shrink: it went well the second time.");
            return;
        }
        Shrinker shrinker =
                new Shrinker(
                        (other, variant) -> Shrinker.play(scenario, other, variant), out::println);
        Failure smallest = shrinker.shrink(found, SHRINK_TRIES_MAX);
        out.println(smallest.violation().getMessage());
        out.printf(
                "Smallest failing run, after %d tries:%n  %s%n",
                shrinker.tries(), smallest.variant().replay(scenario.label(), smallest.seed()));
    }

    private void progress(long spentNanos) {
        if (request.after() == AfterFailure.GO_ON && spentNanos >= nextProgress) {
            nextProgress = spentNanos + PROGRESS_NANOS;
            out.println(tally.summary(spentNanos));
        }
    }

    private int end() {
        if (request.after() == AfterFailure.GO_ON) {
            failed.forEach(replay -> out.println("failed: " + replay));
        }
        out.println(tally.summary(System.nanoTime() - began));
        return tally.failures() == 0 ? 0 : 1;
    }
}
