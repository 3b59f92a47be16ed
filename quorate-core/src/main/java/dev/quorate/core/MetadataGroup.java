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
import dev.quorate.metadata.MetadataListener;
import dev.quorate.metadata.MetadataOutcome;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftInput;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Group 0's state machine. It lives inside the node, because the node itself acts on what it says.
final class MetadataGroup implements HostedGroup.Applier, MetadataListener {
    private static final long NO_REQUEST = 0;

    private final Turn turn;
    private final @Nullable MetadataEntry founding;
    private final MetadataCache cache = new MetadataCache();
    private final CacheApplier applier = new CacheApplier(cache, this);
    private final TreeMap<Long, MetadataOutcome> decisions = new TreeMap<>();

    private @Nullable HostedGroup batchOf;
    private long batchEnd;
    private @Nullable String batchFailure;
    private long foundedInTerm;
    private boolean changed;

    MetadataGroup(Turn turn, @Nullable MetadataEntry founding) {
        this.turn = turn;
        this.founding = founding;
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
