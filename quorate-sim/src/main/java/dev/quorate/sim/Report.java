package dev.quorate.sim;

/// A run in numbers.
///
/// @param simulatedNanos how much simulated time it took
/// @param events what happened on the agenda
/// @param checks conditions that were checked
/// @param applied requests that were answered with a result
/// @param rejected requests that were refused, and tried again
/// @param unknown requests whose end nobody knows
/// @param undecided registers whose history was too hard to check
/// @param restarts starts of processes after their first
/// @param undetected losses by a lying disk that no node could notice; it was taken out (rule R25)
/// @param traceHash equal for equal runs
public record Report(
        String scenario,
        long seed,
        long simulatedNanos,
        long events,
        long checks,
        long applied,
        long rejected,
        long unknown,
        int undecided,
        int restarts,
        int undetected,
        long traceHash) {}
