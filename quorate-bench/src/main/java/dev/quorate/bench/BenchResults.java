package dev.quorate.bench;

import java.util.List;
import java.util.Map;

/// The result file of a benchmark run.
///
/// @param conditions what the figures were taken under, in words
public record BenchResults(
        String takenAt, Machine machine, String conditions, List<Measurement> records) {
    /// What it ran on.
    ///
    /// @param loadBefore load average before the run began; other work on the machine spoils
    ///   figures
    public record Machine(
            int processors,
            String processor,
            long memoryMib,
            String os,
            String java,
            String quorate,
            double loadBefore) {}

    /// What one system did under one load.
    ///
    /// @param cpuUsPerOp processor time of all nodes per acknowledged write, in microseconds
    /// @param idleCpuPercent of one processor, per node, without load
    /// @param rssMib resident memory of the largest node
    /// @param threads of the node with most
    /// @param ratios to each peer of the same run, in writes per second
    public record Measurement(
            String system,
            int groups,
            int outstanding,
            int valueBytes,
            double opsPerS,
            double p50Us,
            double p99Us,
            double p999Us,
            double cpuUsPerOp,
            double idleCpuPercent,
            long rssMib,
            int threads,
            long errors,
            Map<String, Double> ratios) {}

    public BenchResults {
        records = List.copyOf(records);
    }
}
