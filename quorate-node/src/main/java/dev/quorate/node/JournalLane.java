package dev.quorate.node;

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
import dev.quorate.core.NodeInput.Room;
import dev.quorate.node.directory.HostedReplicas;
import dev.quorate.raft.Entry;
import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.storage.Journal;
import dev.quorate.storage.Journal.Suffix;
import dev.quorate.storage.JournalDamaged;
import dev.quorate.storage.JournalRot;
import dev.quorate.storage.Shares;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that owns the journal: takes all that is queued, writes it with one force, and says
/// up to which ticket everything is durable.
///
/// A full disk is waited out, with nothing acknowledged meanwhile, and told as
/// [NodeInput.JournalPressed], as is a journal over its budget. A replica whose records turn out to
/// be rotten is put in quarantine, and told as [NodeInput.ReplicaLost]. Any other failure ends the
/// lane for good and is told as [NodeInput.JournalFailed].
final class JournalLane {
    private static final Logger LOG = LoggerFactory.getLogger(JournalLane.class);
    private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long FULL_RETRY_NANOS = Duration.ofMillis(200).toNanos();
    private static final long PRESS_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long BATCH_BYTES = 16L << 20;

    private final OpenJournal opened;
    private final Journal journal;
    private final HostedReplicas hosted;
    private final Completions completions;
    private final LaneQueue<List<ForJournal>> queue = new LaneQueue<>();
    private final Thread thread;
    private final List<ReadLog> reads = new ArrayList<>();
    // in quarantine, but not durably yet
    private final List<LostReplica> losing = new ArrayList<>();
    // whose replica was lost in this life: nothing more is taken until there is another one
    private final Set<GroupId> lost = new HashSet<>();
    private long highestTicket;
    private boolean written;
    private boolean unsettled;
    private long pressedNanos = System.nanoTime() - PRESS_NANOS;
    private volatile Room room = Room.ENOUGH;
    private final AtomicLong commits = new AtomicLong();

    private JournalLane(OpenJournal opened, HostedReplicas hosted, Completions completions) {
        this.opened = opened;
        this.hosted = hosted;
        journal = opened.journal();
        this.completions = completions;
        thread = Thread.ofPlatform().name("quorate-journal").unstarted(this::run);
    }

    /// Takes the journal over and starts.
    ///
    /// @param hosted kept in step with the journal, always before anybody hears of a new replica
    static JournalLane start(OpenJournal opened, HostedReplicas hosted, Completions completions) {
        JournalLane lane = new JournalLane(opened, hosted, completions);
        lane.thread.start();
        return lane;
    }

    /// Queues the journal effects of one turn.
    void submit(List<ForJournal> turn) {
        queue.put(turn);
    }

    /// How much room there is.
    Room room() {
        return room;
    }

    /// How often something was made durable.
    long commits() {
        return commits.get();
    }

    /// Finishes what is queued, closes the journal, and returns when that is done.
    void close() {
        queue.close();
        Threads.join(thread);
    }

    private void run() {
        try {
            while (!queue.closed() || queue.peek() != null) {
                List<ForJournal> turn = queue.poll();
                if (turn == null) {
                    settle();
                    queue.await(room == Room.ENOUGH ? IDLE_NANOS : FULL_RETRY_NANOS);
                } else {
                    batch(turn);
                }
            }
            settle();
        } catch (RuntimeException | Error failure) {
            LOG.error("The journal has failed; this node acknowledges nothing any more", failure);
            completions.post(new NodeInput.JournalFailed(sentence(failure)));
        } finally {
            closeJournal();
        }
    }

    private void closeJournal() {
        try {
            opened.close();
        } catch (RuntimeException failure) {
            LOG.warn("The journal did not close cleanly", failure);
        }
    }

    private static String sentence(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    private void batch(List<ForJournal> first) {
        long bytes = append(first);
        for (List<ForJournal> next = queue.peek(); next != null; next = queue.peek()) {
            if (bytes >= BATCH_BYTES) {
                break;
            }
            queue.poll();
            bytes += append(next);
        }
        if (written && !commit()) {
            return;
        }
        answerReads();
        commitLosses();
    }

    /// Makes it durable who is in quarantine, which may show who else has to be.
    private void commitLosses() {
        boolean open = true;
        while (written && open) {
            open = commit();
        }
    }

    private long append(List<ForJournal> turn) {
        long bytes = 0;
        for (ForJournal effect : turn) {
            switch (effect) {
                case Persist(long ticket, var group, _, _) when lost.contains(group) ->
                        collected(ticket);
                case MarkInstalling(long ticket, var group, _) when lost.contains(group) ->
                        collected(ticket);
                case Installed(long ticket, var group, _, _) when lost.contains(group) ->
                        collected(ticket);
                case Compact(var group, _, _, _) when lost.contains(group) -> {}
                case ReadLog(var group, _, _, _) when lost.contains(group) -> {}
                case Persist(long ticket, var group, var hardState, List<Entry> entries) -> {
                    journal.append(group, hardState, entries);
                    collected(ticket);
                    for (Entry entry : entries) {
                        bytes += entry.sizeBytes();
                    }
                }
                case Create(long ticket, var replica) -> {
                    journal.create(replica);
                    hosted.created(replica);
                    lost.remove(replica.group());
                    collected(ticket);
                }
                case MarkInstalling(long ticket, var group, var meta) -> {
                    journal.markInstalling(group, meta);
                    collected(ticket);
                }
                case Installed(long ticket, var group, var meta, boolean keepsSuffix) -> {
                    journal.installed(group, meta, keepsSuffix ? Suffix.KEPT : Suffix.DROPPED);
                    collected(ticket);
                }
                case Destroy(long ticket, var group, var replica) -> {
                    journal.destroy(group, replica);
                    collected(ticket);
                }
                case Compact(var group, long index, long term, var configuration) -> {
                    journal.compact(group, index, term, configuration);
                    written = true;
                }
                case ReadLog read -> reads.add(read);
            }
        }
        return bytes;
    }

    private void collected(long ticket) {
        highestTicket = ticket;
        written = true;
    }

    /// Writes and forces what was appended, however long the disk is full.
    ///
    /// @return false if the lane was closed while the disk was full
    private boolean commit() {
        while (true) {
            try {
                journal.commit();
                hosted.save();
                break;
            } catch (DiskFull full) {
                if (room != Room.NONE) {
                    LOG.warn(
                            "{}; waiting for space, nothing is acknowledged meanwhile",
                            full.getMessage());
                }
                tell(Room.NONE);
                press();
                if (queue.closed()) {
                    return false;
                }
                if (!appendMore()) {
                    LockSupport.parkNanos(this, FULL_RETRY_NANOS);
                }
                answerReads();
            }
        }
        look();
        written = false;
        unsettled = true;
        commits.getAndIncrement();
        // first: what was not taken of a lost replica must not be acknowledged by it
        losing.forEach(replica -> completions.post(new NodeInput.ReplicaLost(replica)));
        losing.clear();
        completions.post(new NodeInput.Persisted(highestTicket));
        loseRotten();
        return true;
    }

    /// Takes what came meanwhile: there may be compactions among it, which free space. The core's
    /// credits bound how much that can be (rule R10).
    private boolean appendMore() {
        boolean any = false;
        for (List<ForJournal> next = queue.poll(); next != null; next = queue.poll()) {
            append(next);
            any = true;
        }
        return any;
    }

    /// Tells what has changed about the room there is, in all and for each group.
    private void look() {
        if (journal.isPressed()) {
            press();
        }
        tell(journal.isShort() ? Room.LITTLE : Room.ENOUGH);
        for (Shares.Change change : journal.takeShareChanges()) {
            completions.post(new NodeInput.JournalShare(change.group(), change.isOver()));
        }
    }

    private void tell(Room now) {
        if (now != room) {
            LOG.info("Room in the journal: {}", now);
            room = now;
            completions.post(new NodeInput.JournalRoom(now));
        }
    }

    /// Asks the groups to let go of what they can, once in a while.
    private void press() {
        long now = System.nanoTime();
        if (now - pressedNanos >= PRESS_NANOS) {
            pressedNanos = now;
            completions.post(new NodeInput.JournalPressed());
        }
    }

    private void answerReads() {
        for (ReadLog read : reads) {
            if (!lost.contains(read.group())) {
                answer(read);
            }
        }
        reads.clear();
    }

    private void answer(ReadLog read) {
        try {
            List<Entry> entries = journal.read(read.group(), read.fromIndex(), read.bytesMax());
            completions.post(new NodeInput.LogRead(read.group(), read.peer(), entries));
        } catch (JournalDamaged damage) {
            LOG.error("{} has lost data: {}", read.group(), damage.getMessage());
            lose(read.group(), sentence(damage));
        }
    }

    /// Puts the group's replica in quarantine (rule R7); the others go on.
    private void lose(GroupId group, String cause) {
        ReplicaId replica = journal.hosted(group);
        if (replica != null) {
            journal.quarantine(group, replica, cause);
            lose(new LostReplica(group, replica, cause));
        }
    }

    /// Those in quarantine whose records were to be copied out of an old segment and are rotten.
    private void loseRotten() {
        JournalRot rot = journal.quarantineRotten();
        rot.damages().forEach(damage -> LOG.error("{}", damage.sentence()));
        rot.lost().forEach(this::lose);
        written |= !rot.damages().isEmpty();
    }

    private void lose(LostReplica replica) {
        lost.add(replica.group());
        losing.add(replica);
        written = true;
    }

    /// States the forced position once, before the lane falls asleep (rule R5), and frees what can
    /// be freed, as long as nobody waits.
    private void settle() {
        if (unsettled || room != Room.ENOUGH) {
            unsettled = false;
            while (journal.idle() && queue.peek() == null) {
                // a slice at a time
            }
            loseRotten();
            commitLosses();
            look();
        }
    }
}
