package dev.quorate.api;

import dev.quorate.types.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    /// @param rememberAs if not null: keep the result of this command under this name, in the same
    ///   durable unit as its effects, so that a repetition gets the same answer (rule R20)
    /// @param forget names under which nothing needs to be kept any more
    public record Command(
            long index,
            long stampMicros,
            Bytes command,
            @Nullable Bytes rememberAs,
            List<Bytes> forget) {
        public Command {
            forget = List.copyOf(forget);
        }

        /// A command whose result nobody asks for again.
        public Command(long index, long stampMicros, Bytes command) {
            this(index, stampMicros, command, null, List.of());
        }
    }

    /// A result that is kept.
    ///
    /// @param name as given in [Command#rememberAs()]
    public record Remembered(Bytes name, Bytes result) {}

    /// Takes the content of a snapshot, piece by piece.
    public interface SnapshotWriter {
        /// Appends bytes; the array may be used again afterwards.
        ///
        /// @throws RuntimeException if the snapshot cannot be written; give up
        void write(byte[] bytes, int offset, int length);
    }

    /// Gives the content of a snapshot back, in the same order; pieces may be cut differently.
    public interface SnapshotReader {
        /// Reads up to `length` bytes.
        ///
        /// @return how many; -1 at the end
        /// @throws RuntimeException if the snapshot cannot be read; give up
        int read(byte[] bytes, int offset, int length);
    }

    /// The machine's state at one moment, unchanged by what is applied afterwards. Written on
    /// another thread than the machine's own, once, and closed.
    public interface Checkpoint extends AutoCloseable {
        /// Writes everything, remembered results included.
        void writeTo(SnapshotWriter out);

        @Override
        void close();
    }

    /// Facts a query may use besides the state.
    ///
    /// @param appliedIndex index of the last entry handed to [#apply]
    /// @param appliedMicros log time of that entry
    /// @param nowMicros the answering node's wall clock; for display only
    /// @param asOfMicros the log time whose state the answer must show; [Long#MAX_VALUE] for the
    ///   newest. Only machines that [#keepsVersions()] are ever asked for anything else
    public record QueryContext(
            long appliedIndex, long appliedMicros, long nowMicros, long asOfMicros) {}

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

    /// Whether queries may ask for the state at an earlier log time ([ReadLevel.Snapshot]).
    default boolean keepsVersions() {
        return false;
    }

    /// The results that are kept, in any order. Asked when the machine is opened and after
    /// [#restore].
    List<Remembered> remembered();

    /// Freezes the state, cheaply: nothing is copied on this thread.
    Checkpoint checkpoint();

    /// Becomes what a checkpoint of another replica was, durably, all or nothing: a crash before
    /// the end leaves the state as it was, and [#durableApplied()] tells which of the two is there
    /// (rule R4).
    ///
    /// @param index what [#durableApplied()] is from now on
    void restore(long index, SnapshotReader in);

    /// Deletes everything durably: the replica has left this node. [#close()] follows.
    void destroy();

    /// Makes everything applied so far durable. Blocking; called by age and by the amount of log
    /// that waits for it, never per command.
    void flush();

    /// Releases what the machine holds; no flush is implied.
    @Override
    void close();
}
