package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Persist;
import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.types.Member;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is on disk, what is on its way there, and which messages wait for it.
///
/// Term and vote are durable before any message that rests on them leaves (Raft paper, figure 2:
/// "updated on stable storage before responding").
final class Persistence {
    private record Held(long ticket, Send send) {}

    private final RaftConfig.Limits limits;
    private final Log log;
    private final Durability durability;
    private final ArrayDeque<Held> held = new ArrayDeque<>();

    private long lastTicket;
    private long persistedTicket;
    private @Nullable HardState unwritten;
    private long hardStateTicket;
    private long unwrittenFrom;

    Persistence(RaftConfig.Limits limits, Log log) {
        this.limits = limits;
        this.log = log;
        this.durability = new Durability(log.lastIndex());
        this.unwrittenFrom = log.lastIndex() + 1;
    }

    /// The highest index that would survive a crash right now (rule R1).
    long durableIndex() {
        return durability.durableIndex();
    }

    /// Bytes of entries that have not been handed to the journal.
    long unwrittenBytes() {
        return log.bytesAfter(unwrittenFrom - 1);
    }

    /// Term or vote changed.
    void changed(HardState hardState) {
        unwritten = hardState;
    }

    /// Entries from `index` on were replaced.
    void truncated(long index) {
        durability.truncated(index);
        unwrittenFrom = Math.min(unwrittenFrom, index);
    }

    /// The boundary of a snapshot is on its way to the journal: what lies before it, and the whole
    /// log if that ends there, must not be written behind it any more.
    void boundaryWritten(long index, boolean keepsSuffix) {
        unwrittenFrom = Math.max(unwrittenFrom, (keepsSuffix ? index : log.lastIndex()) + 1);
    }

    /// The log from a snapshot on: what was written before is gone, or compacted.
    ///
    /// @param keepsSuffix whether what lies behind the snapshot stayed in the log
    void snapshotInstalled(long index, boolean keepsSuffix) {
        if (keepsSuffix) {
            durability.reset(Math.max(index, durability.durableIndex()));
            unwrittenFrom = Math.max(unwrittenFrom, index + 1);
        } else {
            durability.reset(index);
            unwrittenFrom = index + 1;
        }
    }

    /// Gives a write that is not an append its place in the order of this replica's writes.
    ///
    /// @return its ticket; it becomes durable with [#persisted] of this or a later one
    long nextTicket() {
        lastTicket++;
        durability.writing(lastTicket, unwrittenFrom - 1);
        return lastTicket;
    }

    /// Whether everything up to this write is on disk.
    boolean isPersisted(long ticket) {
        return ticket <= persistedTicket;
    }

    /// Whether the newest term and vote are on disk.
    boolean hardStateIsDurable() {
        return unwritten == null && hardStateTicket <= persistedTicket;
    }

    /// Sends a message once the newest term and vote are on disk: at the end of this turn if they
    /// are already.
    void hold(Member to, RaftMessage message) {
        long ticket = unwritten != null ? lastTicket + 1 : hardStateTicket;
        held.add(new Held(ticket, new Send(to, message)));
    }

    /// Sends what no longer waits for anything, unless the term has moved on since.
    void release(long term, Effects out) {
        while (!held.isEmpty() && held.getFirst().ticket() <= persistedTicket) {
            Send send = held.removeFirst().send();
            if (send.message().term() == term) {
                out.emit(send);
            }
        }
    }

    void persisted(long ticket) {
        persistedTicket = Math.max(persistedTicket, ticket);
        durability.persisted(ticket);
    }

    /// Hands everything new to the journal.
    ///
    /// @return whether something waits for a credit
    boolean write(Credits credits, Effects out) {
        while (unwritten != null || unwrittenFrom <= log.lastIndex()) {
            if (durability.inFlight() >= limits.persistsInFlight()) {
                return false; // our own completion will bring us back
            }
            if (!credits.takeJournal()) {
                return true;
            }
            writeNext(out);
        }
        return false;
    }

    private void writeNext(Effects out) {
        long ticket = ++lastTicket;
        List<Entry> entries = List.of();
        if (unwrittenFrom <= log.lastIndex()) {
            entries = log.slice(unwrittenFrom, log.lastIndex(), limits.inflightBytes());
            unwrittenFrom += entries.size();
        }
        durability.writing(ticket, unwrittenFrom - 1);
        HardState hardState = unwritten;
        if (hardState != null) {
            unwritten = null;
            hardStateTicket = ticket;
        }
        out.emit(new Persist(ticket, hardState, entries));
    }
}
