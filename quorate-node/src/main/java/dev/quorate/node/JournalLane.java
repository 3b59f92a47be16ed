package dev.quorate.node;

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
import dev.quorate.storage.Journal;
import dev.quorate.storage.Journal.Suffix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that owns the journal: takes all that is queued, writes it with one force, and says
/// up to which ticket everything is durable.
///
/// A full disk is waited out, with nothing acknowledged meanwhile; any other failure ends the lane
/// for good and is told as [NodeInput.JournalFailed].
final class JournalLane {
    private static final Logger LOG = LoggerFactory.getLogger(JournalLane.class);
    private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long FULL_RETRY_NANOS = Duration.ofMillis(200).toNanos();
    private static final long BATCH_BYTES = 16L << 20;

    private final OpenJournal opened;
    private final Journal journal;
    private final Completions completions;
    private final LaneQueue<List<ForJournal>> queue = new LaneQueue<>();
    private final Thread thread;
    private final List<ReadLog> reads = new ArrayList<>();
    private long highestTicket;
    private boolean written;
    private boolean unsettled;
    private volatile boolean diskFull;
    private final AtomicLong commits = new AtomicLong();

    private JournalLane(OpenJournal opened, Completions completions) {
        this.opened = opened;
        journal = opened.journal();
        this.completions = completions;
        thread = Thread.ofPlatform().name("quorate-journal").unstarted(this::run);
    }

    /// Takes the journal over and starts.
    static JournalLane start(OpenJournal opened, Completions completions) {
        JournalLane lane = new JournalLane(opened, completions);
        lane.thread.start();
        return lane;
    }

    /// Queues the journal effects of one turn.
    void submit(List<ForJournal> turn) {
        queue.put(turn);
    }

    /// Whether the lane waits for space on the disk.
    boolean diskFull() {
        return diskFull;
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
                    queue.await(IDLE_NANOS);
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
    }

    private long append(List<ForJournal> turn) {
        long bytes = 0;
        for (ForJournal effect : turn) {
            switch (effect) {
                case Persist(long ticket, var group, var hardState, List<Entry> entries) -> {
                    journal.append(group, hardState, entries);
                    collected(ticket);
                    for (Entry entry : entries) {
                        bytes += entry.sizeBytes();
                    }
                }
                case Create(long ticket, var replica) -> {
                    journal.create(replica);
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
                break;
            } catch (DiskFull full) {
                if (!diskFull) {
                    LOG.warn(
                            "{}; waiting for space, nothing is acknowledged meanwhile",
                            full.getMessage());
                }
                diskFull = true;
                if (queue.closed()) {
                    return false;
                }
                LockSupport.parkNanos(this, FULL_RETRY_NANOS);
            }
        }
        diskFull = false;
        written = false;
        unsettled = true;
        commits.getAndIncrement();
        completions.post(new NodeInput.Persisted(highestTicket));
        return true;
    }

    private void answerReads() {
        for (ReadLog read : reads) {
            List<Entry> entries = journal.read(read.group(), read.fromIndex(), read.bytesMax());
            completions.post(new NodeInput.LogRead(read.group(), read.peer(), entries));
        }
        reads.clear();
    }

    /// States the forced position once, before the lane falls asleep (rule R5).
    private void settle() {
        if (unsettled) {
            unsettled = false;
            journal.idle();
        }
    }
}
