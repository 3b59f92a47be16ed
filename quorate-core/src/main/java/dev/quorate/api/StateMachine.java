package dev.quorate.api;

import dev.quorate.types.Bytes;
import java.util.List;

/// The replicated state of one group, as its embedder sees it.
///
/// Every replica applies the same commands in the same order, so `apply` must be deterministic: its
/// only inputs are the state, the command and the entry's stamp. It must not read a clock, a random
/// source or anything outside the state.
///
/// One lane owns a machine: no two of these methods ever run at the same time for one group, though
/// machines of different groups may run in parallel.
public interface StateMachine extends AutoCloseable {
    /// What one committed entry means to the machine.
    ///
    /// @param index position in the group's log; strictly increasing, with gaps where the log holds
    ///   entries of the library's own
    /// @param stampMicros the entry's log time, in microseconds since the epoch; strictly
    ///   increasing, equal on all replicas, the only clock that `apply` may use
    /// @param command what the client proposed; empty for a tick, which only moves log time on
    public record Command(long index, long stampMicros, Bytes command) {}

    /// Facts a query may use besides the state.
    ///
    /// @param appliedIndex index of the last entry handed to [#apply]
    /// @param appliedMicros log time of that entry
    /// @param nowMicros the answering node's wall clock; for display only
    public record QueryContext(long appliedIndex, long appliedMicros, long nowMicros) {}

    /// The last index whose effects would survive a crash right now, with everything before it and
    /// nothing after it; `0` for a new machine.
    ///
    /// Asked once when the machine is opened (replay starts after it) and again after [#flush].
    /// State and this index must be one durable unit (rule R3).
    long durableApplied();

    /// Applies committed commands in order, at most once each.
    ///
    /// A command the machine cannot make sense of must be answered with an error *result*, the same
    /// on every replica. An exception means "this replica can no longer apply": the group stops
    /// here, visibly, and nothing is skipped.
    ///
    /// @return one result per command, in order; tick results are ignored
    List<Bytes> apply(List<Command> commands);

    /// Answers a read from the applied state without changing it.
    Bytes query(Bytes query, QueryContext context);

    /// The log time at which the machine wants a tick, or [Long#MAX_VALUE]. Asked after each batch:
    /// this is how expiry happens at the same place of the log on every replica.
    default long tickAtMicros() {
        return Long.MAX_VALUE;
    }

    /// Makes everything applied so far durable. Blocking; called by age and by the amount of log
    /// that waits for it, never per command.
    void flush();

    /// Releases what the machine holds; no flush is implied.
    @Override
    void close();
}
