package dev.quorate.session;

import dev.quorate.api.Outcome.Code;
import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.Command;
import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A state machine that applies each write with a session once (rule R20): entries of the log go
/// in, one result per client's entry comes out.
///
/// The machine keeps the results, in the same durable unit as their effects; this class decides
/// what is new. One lane owns it.
public final class SessionedMachine {
    private final StateMachine machine;
    private SessionTable sessions;
    private List<Bytes> forget = new ArrayList<>();
    private long known;

    /// Takes over an open machine.
    public SessionedMachine(StateMachine machine) {
        this.machine = machine;
        this.sessions = new SessionTable(machine.remembered());
        this.known = machine.durableApplied();
    }

    /// The machine itself.
    public StateMachine machine() {
        return machine;
    }

    /// How many results it remembers.
    public int remembered() {
        return sessions.size();
    }

    /// Becomes a snapshot.
    public void restore(long index, StateMachine.SnapshotReader in) {
        machine.restore(index, in);
        known = index;
        sessions = new SessionTable(machine.remembered());
        forget = new ArrayList<>();
    }

    /// Applies committed entries, in order. Those that the machine had applied when it was opened
    /// change nothing: they only tell their term and log time.
    ///
    /// @return one result for each [Entry.Kind#COMMAND] and [Entry.Kind#SESSION_COMMAND]
    /// @throws RuntimeException if the machine cannot go on
    public List<EntryResult> apply(List<Entry> entries) {
        Batch batch = new Batch();
        for (Entry entry : entries) {
            if (entry.index() <= known) {
                batch.known(entry);
                continue;
            }
            forget.addAll(sessions.expire(entry.stampMicros()));
            switch (entry.kind()) {
                case COMMAND -> batch.command(entry, entry.payload(), null);
                case SESSION_COMMAND -> sessionCommand(entry, batch);
                case TICK -> batch.tick(entry);
                case NOOP, CONFIGURATION -> {}
            }
        }
        return batch.run();
    }

    private void sessionCommand(Entry entry, Batch batch) {
        SessionCommand write;
        try {
            write = SessionCommand.decode(entry.payload());
        } catch (IllegalArgumentException malformed) {
            batch.refuse(Code.INVALID, String.valueOf(malformed.getMessage()));
            return;
        }
        SessionKey key = write.key();
        long leftMicros = key.notAfterMicros() - entry.stampMicros();
        if (leftMicros < 0) {
            batch.refuse(
                    Code.EXPIRED,
                    "the write was to be applied until %d, but log time is %d: it never will be"
                            .formatted(key.notAfterMicros(), entry.stampMicros()));
        } else if (leftMicros > SessionTable.WINDOW_MICROS_MAX) {
            batch.refuse(
                    Code.INVALID,
                    "the write wants to be remembered for %d µs; at most %d are possible"
                            .formatted(leftMicros, SessionTable.WINDOW_MICROS_MAX));
        } else if (sessions.knows(key)) {
            batch.repeat(key);
        } else {
            sessions.begin(key);
            batch.command(entry, write.command(), key);
        }
    }

    /// What one call of the machine will do, and which entries wait for which of its results.
    private final class Batch {
        /// Where an entry's result comes from: the machine's `slot`-th result, or `known`, if that
        /// is not null.
        ///
        /// @param first the write that the result is remembered for, if it is the first of its kind
        /// @param again the write that is repeated
        private record Source(
                int slot,
                @Nullable SessionKey first,
                @Nullable SessionKey again,
                @Nullable EntryResult known) {}

        private final List<Command> commands = new ArrayList<>();
        private final List<Source> sources = new ArrayList<>();
        private final Map<SessionKey, Integer> slots = new HashMap<>();

        /// An entry of an earlier life: nobody waits for its result any more.
        void known(Entry entry) {
            boolean hasResult =
                    entry.kind() == Entry.Kind.COMMAND
                            || entry.kind() == Entry.Kind.SESSION_COMMAND;
            if (hasResult) {
                sources.add(new Source(-1, null, null, new EntryResult.Value(Bytes.EMPTY)));
            }
        }

        void command(Entry entry, Bytes command, @Nullable SessionKey key) {
            sources.add(new Source(commands.size(), key, null, null));
            if (key != null) {
                slots.put(identity(key), commands.size());
            }
            add(entry, command, key);
        }

        void tick(Entry entry) {
            add(entry, Bytes.EMPTY, null);
        }

        private void add(Entry entry, Bytes command, @Nullable SessionKey key) {
            Bytes name = key == null ? null : key.encode();
            commands.add(new Command(entry.index(), entry.stampMicros(), command, name, forget));
            if (!forget.isEmpty()) {
                forget = new ArrayList<>();
            }
        }

        void repeat(SessionKey key) {
            Bytes first = sessions.result(key);
            Integer slot = slots.get(identity(key));
            if (first != null) {
                sources.add(new Source(-1, null, key, new EntryResult.Repeated(first)));
            } else if (slot != null) {
                sources.add(new Source(slot, null, key, null));
            } else {
                throw new IllegalStateException("the first result of " + key + " is missing");
            }
        }

        /// What makes it the same write: a client that changes its mind about the time still means
        /// the same one.
        private static SessionKey identity(SessionKey key) {
            return new SessionKey(
                    key.vShard(), key.clientHigh(), key.clientLow(), key.sequence(), 0);
        }

        void refuse(Code code, String sentence) {
            sources.add(new Source(-1, null, null, new EntryResult.Refused(code, sentence)));
        }

        List<EntryResult> run() {
            List<Bytes> results = commands.isEmpty() ? List.of() : machine.apply(commands);
            if (results.size() != commands.size()) {
                throw new IllegalStateException(
                        "the state machine answered %d commands with %d results"
                                .formatted(commands.size(), results.size()));
            }
            List<EntryResult> all = new ArrayList<>(sources.size());
            for (Source source : sources) {
                all.add(result(source, results));
            }
            return all;
        }

        private EntryResult result(Source source, List<Bytes> results) {
            if (source.known() != null) {
                return source.known();
            }
            Bytes result = results.get(source.slot());
            if (source.again() != null) {
                return new EntryResult.Repeated(result);
            }
            if (source.first() != null) {
                sessions.finish(source.first(), result);
            }
            return new EntryResult.Value(result);
        }
    }
}
