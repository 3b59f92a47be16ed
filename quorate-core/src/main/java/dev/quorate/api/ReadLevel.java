package dev.quorate.api;

/// How fresh a read must be, and what it may rest on. Every answer says what it was
/// ([Outcome.Served]).
public sealed interface ReadLevel {
    /// Sees every write acknowledged before the read began, whatever clocks do (thesis §6.4,
    /// ReadIndex).
    ReadLevel LINEARIZABLE = new Linearizable();

    /// As linearizable as clocks are good.
    ReadLevel LEASE = new Lease();

    /// Whatever the answering replica has applied.
    ReadLevel LOCAL = new Local();

    /// Sees every write acknowledged before the read began, whatever clocks do: a quorum confirms
    /// the leader first.
    record Linearizable() implements ReadLevel {}

    /// The same, but the leader may trust its lease instead of asking: no message, and stale if the
    /// rates of the nodes' monotonic clocks are off by more than the stated bound
    /// ([dev.quorate.raft.RaftConfig.Timing#CLOCK_DRIFT_PERCENT_MAX]).
    record Lease() implements ReadLevel {}

    /// May be answered by any replica that has applied everything older than `maxMicros`, give or
    /// take what the nodes' wall clocks differ; one that has not asks the leader.
    ///
    /// @param maxMicros how old the answer may be, in microseconds
    record Bounded(long maxMicros) implements ReadLevel {
        public Bounded {
            if (maxMicros < 0) {
                throw new IllegalArgumentException("a staleness of " + maxMicros + " µs");
            }
        }
    }

    /// Whatever the answering replica has applied; may be arbitrarily old.
    record Local() implements ReadLevel {}

    /// The state at a log time, for machines that keep versions ([StateMachine#keepsVersions()]);
    /// others refuse. Repeating it gives the same answer.
    ///
    /// @param atMicros log time, in microseconds since the epoch
    record Snapshot(long atMicros) implements ReadLevel {}
}
