package dev.quorate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What processes have used so far, as Linux tells in `/proc`.
///
/// @param cpuMicros processor time of all of them since they began, in microseconds
/// @param rssBytes resident memory of the largest
/// @param threads of the one with most
record ProcessUsage(long cpuMicros, long rssBytes, int threads) {
    /// Clock ticks are 10 ms on every Linux that runs Java.
    private static final long MICROS_PER_TICK = 10_000;

    private static final int UTIME = 11;
    private static final int STIME = 12;

    /// Looks at processes.
    static ProcessUsage of(List<Long> pids) throws IOException {
        long cpuMicros = 0;
        long rssBytes = 0;
        int threads = 0;
        for (long pid : pids) {
            Path proc = Path.of("/proc", Long.toString(pid));
            String stat = Files.readString(proc.resolve("stat"));
            // the name may hold anything, but it ends with the last parenthesis
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            cpuMicros +=
                    (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]))
                            * MICROS_PER_TICK;
            for (String line : Files.readAllLines(proc.resolve("status"))) {
                String digits = line.replaceAll("\\D", "");
                if (line.startsWith("VmRSS:")) {
                    rssBytes = Math.max(rssBytes, Long.parseLong(digits) * 1024);
                } else if (line.startsWith("Threads:")) {
                    threads = Math.max(threads, Integer.parseInt(digits));
                }
            }
        }
        return new ProcessUsage(cpuMicros, rssBytes, threads);
    }
}
