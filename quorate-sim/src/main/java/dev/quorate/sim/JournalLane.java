package dev.quorate.sim;

import dev.quorate.core.LostReplica;
import dev.quorate.core.NodeEffect.Compact;
import dev.quorate.core.NodeEffect.Create;
import dev.quorate.core.NodeEffect.Destroy;
import dev.quorate.core.NodeEffect.ForJournal;
import dev.quorate.core.NodeEffect.Installed;
import dev.quorate.core.NodeEffect.MarkInstalling;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.core.NodeEffect.ReadLog;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.Entry;
import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.storage.Disk.StorageFailure;
import dev.quorate.storage.Journal;
import dev.quorate.storage.Journal.Suffix;
import dev.quorate.storage.JournalDamaged;
import dev.quorate.storage.Shares;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// The lane that owns a node's journal, as a server with a service time: takes everything that is
/// queued, forces once, and reports.
///
/// The disk is touched at the end of the service time; a crash before may still have done a part.
final class JournalLane {
    private final SimNode node;
    private final SimDisk disk;
    private final Journal journal;
    private final SimStorage storage;
    // whose replica was lost in this life: nothing more is taken until there is another one
    private final TreeSet<GroupId> lost = new TreeSet<>();
    private final List<ForJournal> queue = new ArrayList<>();
    private final List<NodeInput> results = new ArrayList<>();
    // in quarantine, but not durably yet
    private final List<LostReplica> losing = new ArrayList<>();
    private List<ForJournal> inFlight = List.of();
    private boolean failed;

    JournalLane(SimNode node, SimStorage storage, Journal journal) {
        this.node = node;
        this.storage = storage;
        this.disk = storage.disk.disk();
        this.journal = journal;
    }

    void submit(ForJournal effect) {
        queue.add(effect);
    }

    /// Starts the next batch if the lane is free.
    void kick() {
        if (inFlight.isEmpty() && !queue.isEmpty() && !failed) {
            inFlight = List.copyOf(queue);
            queue.clear();
            node.plan(node.forceNanos(), this::complete);
        }
    }

    boolean isIdle() {
        return inFlight.isEmpty() && queue.isEmpty();
    }

    /// The power fails while a batch is being written, after some of its disk operations.
    void tear(Prng random) {
        if (inFlight.isEmpty() || failed) {
            return;
        }
        disk.cutPowerAfter(random.nextInt(8));
        try {
            write();
        } catch (PowerCut | DiskFull | StorageFailure | JournalDamaged expected) {
            node.tornWrites++;
        }
    }

    private void complete() {
        if (node.tornByTrap()) {
            node.dieInTrap();
            return;
        }
        if (node.tornByChance()) {
            node.crash("in a journal write");
            return;
        }
        attempt(this::write);
    }

    /// Writes, or tries again later if there is no room, or gives the journal up.
    private void attempt(Runnable writing) {
        try {
            writing.run();
            if (queue.isEmpty()) {
                journal.idle();
                loseRotten();
            }
            inFlight = List.of();
        } catch (DiskFull full) {
            node.world().disksFull++;
            node.plan(10_000_000L, () -> attempt(this::commit));
            return;
        } catch (StorageFailure | JournalDamaged failure) {
            failed = true;
            results.clear();
            node.journalFailed(String.valueOf(failure.getMessage()));
            return;
        } catch (RuntimeException bug) {
            throw node.world().unsafe(node.id() + ": the journal failed", bug);
        }
        results.forEach(node::post);
        results.clear();
        kick();
    }

    private void write() {
        for (ForJournal effect : inFlight) {
            switch (effect) {
                case Persist(_, var group, _, _) when lost.contains(group) -> {}
                case MarkInstalling(_, var group, _) when lost.contains(group) -> {}
                case Installed(_, var group, _, _) when lost.contains(group) -> {}
                case Compact(var group, _, _, _) when lost.contains(group) -> {}
                case Persist(long _, var group, var hardState, var entries) ->
                        journal.append(group, hardState, entries);
                case Create(long _, var replica) -> {
                    lost.remove(replica.group());
                    journal.create(replica);
                }
                case Destroy(long _, var group, var replica) -> journal.destroy(group, replica);
                case MarkInstalling(long _, var group, var meta) ->
                        journal.markInstalling(group, meta);
                case Installed(long _, var group, var meta, boolean keepsSuffix) ->
                        journal.installed(group, meta, keepsSuffix ? Suffix.KEPT : Suffix.DROPPED);
                case Compact(var group, long index, long term, var configuration) ->
                        journal.compact(group, index, term, configuration);
                case ReadLog read -> read(read);
            }
        }
        commit();
    }

    /// A replica whose records are rotten is put in quarantine (rule R7); the others go on.
    private void read(ReadLog read) {
        ReplicaId replica = journal.hosted(read.group());
        if (replica == null) {
            return;
        }
        try {
            List<Entry> entries = journal.read(read.group(), read.fromIndex(), read.bytesMax());
            results.add(new NodeInput.LogRead(read.group(), read.peer(), entries));
        } catch (JournalDamaged damage) {
            String cause = String.valueOf(damage.getMessage());
            journal.quarantine(read.group(), replica, cause);
            lost.add(read.group());
            results.add(new NodeInput.ReplicaLost(new LostReplica(read.group(), replica, cause)));
        }
    }

    private void commit() {
        journal.commit();
        for (ForJournal effect : inFlight) {
            if (effect instanceof Create(long _, var replica)) {
                storage.created(replica);
            }
        }
        reportTicket();
        loseRotten();
        for (Shares.Change change : journal.takeShareChanges()) {
            results.add(new NodeInput.JournalShare(change.group(), change.isOver()));
        }
    }

    /// Those in quarantine whose records were to be copied out of an old segment and are rotten.
    private void loseRotten() {
        losing.addAll(journal.quarantineRotten().lost());
        while (!losing.isEmpty()) {
            losing.forEach(replica -> lost.add(replica.group()));
            journal.commit();
            losing.forEach(replica -> results.add(new NodeInput.ReplicaLost(replica)));
            losing.clear();
            losing.addAll(journal.quarantineRotten().lost());
        }
        journal.commit();
    }

    private void reportTicket() {
        long ticket = highestTicket();
        if (ticket > 0) {
            results.add(new NodeInput.Persisted(ticket));
        }
    }

    private long highestTicket() {
        long highest = 0;
        for (ForJournal effect : inFlight) {
            highest =
                    switch (effect) {
                        case Persist persist -> persist.ticket();
                        case Create create -> create.ticket();
                        case Destroy destroy -> destroy.ticket();
                        case MarkInstalling mark -> mark.ticket();
                        case Installed installed -> installed.ticket();
                        case Compact _, ReadLog _ -> highest;
                    };
        }
        return highest;
    }
}
