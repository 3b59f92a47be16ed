package dev.quorate.sim;

import java.time.Duration;
import java.util.Locale;

/// The sum of many runs, for the last line of a command.
final class Tally {
    private long runs;
    private long failures;
    private long simulatedNanos;
    private long events;
    private long checks;
    private long answers;
    private long undecided;

    /// Adds a run that went well.
    public void add(Report report) {
        runs++;
        simulatedNanos += report.simulatedNanos();
        events += report.events();
        checks += report.checks();
        answers += report.applied();
        undecided += report.undecided();
    }

    /// Adds a run that did not.
    public void fail() {
        runs++;
        failures++;
    }

    /// Runs so far.
    public long runs() {
        return runs;
    }

    /// Runs that failed.
    public long failures() {
        return failures;
    }

    /// Everything in one line.
    ///
    /// @param wallNanos how long the runs took
    public String summary(long wallNanos) {
        double cpuSeconds =
                ProcessHandle.current()
                                .info()
                                .totalCpuDuration()
                                .orElse(Duration.ofNanos(Math.max(1, wallNanos)))
                                .toNanos()
                        / 1e9;
        return String.format(
                Locale.ROOT,
                "%d runs, %d failed: %.0f s simulated in %.1f s (%.0f × real time, %.0f × CPU"
                    + " time), %d events (%.0f per CPU second), %d checks, %d answers, %d histories"
                    + " undecided",
                runs,
                failures,
                simulatedNanos / 1e9,
                wallNanos / 1e9,
                simulatedNanos / (double) Math.max(1, wallNanos),
                simulatedNanos / 1e9 / Math.max(0.001, cpuSeconds),
                events,
                events / Math.max(0.001, cpuSeconds),
                checks,
                answers,
                undecided);
    }
}
