package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.metadata.CacheApplier;
import dev.quorate.metadata.CommittedEntry;
import dev.quorate.metadata.MetadataApplyStopped;
import dev.quorate.metadata.MetadataCache;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataFormatException;
import dev.quorate.metadata.MetadataListener;
import dev.quorate.metadata.MetadataOutcome;
import dev.quorate.metadata.MetadataState;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Group 0's state machine. It lives inside the node, because the node itself acts on what it says.
///
/// Its whole state is kept on disk from time to time, as one durable unit with its index (rule R3),
/// so that its log can be compacted and a restart goes on from there.
final class MetadataGroup implements Applier, MetadataListener {
    private static final long NO_REQUEST = 0;

    private final Turn turn;
    private final @Nullable MetadataEntry founding;
    private final MetadataCache cache = new MetadataCache();
    private final CacheApplier applier = new CacheApplier(cache, this);
    private final TreeMap<Long, MetadataOutcome> decisions = new TreeMap<>();

    private final int keepEvery;
    private @Nullable KeptMetadata found;
    private LogPosition position = LogPosition.ZERO;
    private long stampMicros;
    private long keptIndex;
    private boolean keeping;

    private @Nullable HostedGroup batchOf;
    private long batchEnd;
    private @Nullable String batchFailure;
    private long foundedInTerm;
    private boolean changed;

    /// @param founding what founds the cluster; null if it is not ours to
    /// @param found what is on disk; null for nothing
    /// @param keepEvery entries after which the state is kept again
    MetadataGroup(
            Turn turn,
            @Nullable MetadataEntry founding,
            @Nullable KeptMetadata found,
            int keepEvery) {
        this.turn = turn;
        this.founding = founding;
        this.found = found;
        this.keepEvery = keepEvery;
    }

    MetadataView view() {
        return cache.view();
    }

    /// Whether the view changed since this was last asked.
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    // ---- on disk -------------------------------------------------------------------------------

    /// Begins with what is on disk, if it is this replica's.
    ///
    /// @return up to where it goes
    long open(HostedGroup group) {
        KeptMetadata kept = found;
        found = null;
        keptIndex = 0;
        if (kept != null && kept.replica().equals(group.record().self())) {
            try {
                become(group, kept.position(), kept.stampMicros(), kept.state());
                keptIndex = kept.position().index();
                return keptIndex;
            } catch (MetadataFormatException unreadable) {
                return 0; // the log may still have everything; if not, the replica halts
            }
        }
        // a crash may have left the state of a replica that was here before
        turn.emit(new NodeEffect.DropMetadata());
        return 0;
    }

    /// The state is a snapshot's now, which is on disk already.
    ///
    /// @throws MetadataFormatException if this build cannot read it
    void restored(HostedGroup group, SnapshotMeta meta, Bytes state) {
        become(group, meta.position(), meta.stampMicros(), state);
        keptIndex = meta.index();
    }

    /// What an earlier replica on this node has applied stays: the log is the same.
    private void become(HostedGroup group, LogPosition at, long stamp, Bytes state) {
        if (at.index() <= cache.appliedIndex()) {
            return;
        }
        MetadataView before = view();
        cache.install(MetadataState.decode(state));
        position = at;
        stampMicros = stamp;
        group.reads().applied(at.term(), stamp);
        if (!before.equals(view())) {
            changed(before, view());
        }
    }

    /// Keeps the state, if enough has happened since it was kept last.
    ///
    /// @param most entries that may have been applied since
    void keep(HostedGroup group, int most) {
        if (!keeping
                && position.index() > 0
                && position.index() - keptIndex >= most
                && group.raft().appliedIndex() >= position.index()) {
            keeping = true;
            turn.emit(new NodeEffect.KeepMetadata(now(group)));
        }
    }

    /// The lane has kept the state, or could not.
    void kept(long index) {
        keeping = false;
        keptIndex = Math.max(keptIndex, index);
    }

    /// Whether the lane has something of this group under way.
    boolean isKeeping() {
        return keeping;
    }

    private KeptMetadata now(HostedGroup group) {
        return new KeptMetadata(
                group.record().self(), position, stampMicros, cache.state().encode());
    }

    @Override
    public void takeSnapshot(HostedGroup group) {
        turn.emit(new NodeEffect.OfferMetadata(now(group)));
    }

    @Override
    public void restore(HostedGroup group, SnapshotMeta meta) {
        turn.emit(new NodeEffect.RestoreMetadata(group.record().self(), meta));
    }

    // ---- applying ------------------------------------------------------------------------------

    @Override
    public void changed(MetadataView before, MetadataView after) {
        changed = true;
        turn.emit(new NodeEffect.MetadataChanged(before, after));
        if (!before.founded() && after.founded()) {
            turn.trace(
                    new Trace.Founded(
                            after.routing().groups().size() - 1, after.topology().nodes().size()));
        }
    }

    @Override
    public void decided(long index, MetadataOutcome outcome) {
        decisions.put(index, outcome);
    }

    /// Applies at once, but tells the replica only at [#finish]: it is in the middle of a step.
    @Override
    public void apply(HostedGroup group, List<Entry> entries) {
        List<CommittedEntry> committed = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            Bytes data = entry.kind() == Entry.Kind.COMMAND ? entry.payload() : Bytes.EMPTY;
            committed.add(new CommittedEntry(entry.index(), entry.stampMicros(), data));
        }
        batchOf = group;
        batchEnd = entries.getLast().index();
        try {
            applier.apply(committed);
        } catch (MetadataApplyStopped stopped) {
            batchEnd = stopped.index() - 1;
            batchFailure = stopped.getMessage();
        }
        for (Entry entry : entries) {
            if (entry.index() > position.index() && entry.index() <= batchEnd) {
                position = entry.position();
                stampMicros = entry.stampMicros();
            }
        }
    }

    /// Tells the replica what [#apply] did.
    ///
    /// @return the group, if there was anything to tell
    @Nullable HostedGroup finish() {
        HostedGroup group = batchOf;
        if (group == null) {
            return null;
        }
        batchOf = null;
        String failure = batchFailure;
        batchFailure = null;
        group.applied(batchEnd, this::outcome, Long.MAX_VALUE, 0);
        decisions.clear();
        if (failure != null) {
            group.applyFailed(failure);
        }
        keep(group, keepEvery);
        return group;
    }

    /// The leader of a cluster that is not founded proposes what the founding ticket says (rule
    /// R22): level-triggered, so any leader may, and the log accepts only the first.
    void foundIfNeeded(HostedGroup group) {
        MetadataEntry entry = founding;
        if (entry != null
                && !view().founded()
                && group.raft().isLeader()
                && group.reads().appliedTerm() == group.raft().term()
                && foundedInTerm != group.raft().term()) {
            foundedInTerm = group.raft().term();
            group.step(
                    new RaftInput.Propose(
                            NO_REQUEST, Entry.Kind.COMMAND, MetadataCodec.encode(entry)));
        }
    }

    private Outcome outcome(Entry entry) {
        MetadataOutcome decision = decisions.get(entry.index());
        return decision instanceof MetadataOutcome.Rejected(_, String sentence)
                ? new Outcome.Rejected(Code.REFUSED, Retry.NEVER, /* leader= */ null, sentence)
                : new Outcome.Applied(
                        entry.position(), entry.stampMicros(), Outcome.Served.WRITTEN, Bytes.EMPTY);
    }
}
