package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.Outcome.Served;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.core.Request.Asked;
import dev.quorate.core.Request.Kind;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataFormatException;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Credits;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.session.EntryResult;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A whole node as one deterministic machine: its replicas, group 0, and who waits for what.
///
/// One turn is: [#step] for each input, then [#flush] once. Equal inputs, moments and random
/// numbers give equal effects. Not thread-safe: one reactor owns it.
public final class NodeCore {
    /// Largest command, in bytes: it must fit a frame and a journal record with room to spare.
    public static final int COMMAND_BYTES_MAX = 2 << 20;

    static final long FOREVER_NANOS = Long.MAX_VALUE / 4;
    private static final int FLUSH_ROUNDS_MAX = 1_000;
    private static final long REQUEST_ID_BASE_MAX = 1L << 62;

    private final Turn turn;
    private final Requests requests;
    private final MetadataGroup metadata;
    private final LeaderHints hints;
    private final Quarantine quarantine;
    private final Hosting hosting;
    private final Clocks clocks;
    private @Nullable String failed;
    private boolean turnedAway;

    /// Restores a node from what its journal holds.
    ///
    /// @param replicas by group id; group 0 among them on any node that belongs to a cluster
    /// @param gone replicas that were here once and may never come back (rules R6, R7)
    /// @param kept what [NodeEffect.KeepMetadata] or [NodeEffect.RestoreMetadata] left on disk
    ///   last; null for nothing
    public NodeCore(
            NodeConfig config,
            RandomGenerator random,
            Moment now,
            List<StoredReplica> replicas,
            List<ReplicaId> gone,
            @Nullable KeptMetadata kept) {
        this(config, random, now, replicas, gone, List.of(), kept);
    }

    /// The same for a node whose journal has found replicas that lost data (rule R7).
    ///
    /// @param gone replicas that may never come back, those in quarantine among them
    /// @param lost in quarantine: group 0 hears of them, until it shows that it knows
    /// @param kept what [NodeEffect.KeepMetadata] or [NodeEffect.RestoreMetadata] left on disk
    ///   last; null for nothing
    public NodeCore(
            NodeConfig config,
            RandomGenerator random,
            Moment now,
            List<StoredReplica> replicas,
            List<ReplicaId> gone,
            List<LostReplica> lost,
            @Nullable KeptMetadata kept) {
        turn =
                new Turn(
                        new Credits(
                                config.limits().journalCredits(), config.limits().applyCredits()));
        metadata =
                new MetadataGroup(
                        turn, config.founding(), kept, config.raftLimits().compactEntries());
        hints = new LeaderHints(config.self(), turn);
        Reporting reporting = new Reporting(turn);
        quarantine = new Quarantine(config.self(), turn, reporting, hints, lost);
        hosting = new Hosting(config, random, turn, metadata, hints, gone, reporting, quarantine);
        requests =
                new Requests(
                        turn,
                        new Directory(),
                        config.limits(),
                        random.nextLong(REQUEST_ID_BASE_MAX));
        clocks = new Clocks(config.self(), config.timing().heartbeat().toNanos(), now, turn);
        turn.begin(now, effect -> {});
        hosting.restore(replicas, requests);
        turn.end();
    }

    /// The latest monotonic time at which [NodeInput.Wakeup] must be stepped.
    public long nextDeadlineNanos() {
        long deadline = requests.nextDeadlineNanos();
        if (view().founded() && deadline - hints.nextDeadlineNanos() > 0) {
            deadline = hints.nextDeadlineNanos();
        }
        if (deadline - clocks.nextDeadlineNanos() > 0) {
            deadline = clocks.nextDeadlineNanos();
        }
        long hosted = hosting.nextDeadlineNanos();
        return deadline - hosted < 0 ? deadline : hosted;
    }

    /// What group 0 has said, as far as this node has applied it.
    public MetadataView view() {
        return metadata.view();
    }

    /// How every replica of this node is doing, by slot: a snapshot for people.
    public List<GroupStatus> groups() {
        List<GroupStatus> all = new ArrayList<>(hosting.all().size());
        for (HostedGroup group : hosting.all()) {
            if (!group.gone()) {
                all.add(GroupStatus.of(group));
            }
        }
        quarantine.describe(view(), all);
        return all;
    }

    /// Takes one input in. Most effects appear only at [#flush], in batches.
    public void step(Moment now, NodeInput input, NodeEffects out) {
        boolean isRequest =
                input instanceof NodeInput.Write
                        || input instanceof NodeInput.SessionWrite
                        || input instanceof NodeInput.Read
                        || input instanceof NodeInput.ChangeMembers
                        || input instanceof NodeInput.Transfer;
        if (failed != null && !isRequest) {
            return;
        }
        turn.begin(now, out);
        look();
        // before any question: a state machine is opened before it is asked
        hosting.openPending();
        take(input);
        turn.end();
    }

    /// Looks at the clocks, before anybody goes by them.
    private void look() {
        clocks.notice();
        RaftInput.Clock news = clocks.takeNews();
        if (news != null) {
            hosting.clock(news);
        }
    }

    private void take(NodeInput input) {
        switch (input) {
            case NodeInput.Received(NodeId from, PeerMessage message) -> received(from, message);
            case NodeInput.LinkChanged(NodeId peer, boolean up) -> {
                if (!up) {
                    hints.forget(peer);
                    requests.linkDown(peer);
                }
            }
            case NodeInput.Write write -> accept(null, write.requestId(), Asked.of(write));
            case NodeInput.SessionWrite write -> accept(null, write.requestId(), Asked.of(write));
            case NodeInput.Read read -> accept(null, read.requestId(), Asked.of(read));
            case NodeInput.ChangeMembers change -> changeMembers(change);
            case NodeInput.Transfer transfer -> transfer(transfer);
            case NodeInput.Drain() -> hosting.retire();
            case NodeInput.Persisted(long ticket) -> hosting.persisted(ticket);
            case NodeInput.Opened(GroupId group, long durableApplied) ->
                    hosting.opened(group, durableApplied);
            case NodeInput.Applied applied ->
                    onLane(applied.group(), group -> applied(group, applied));
            case NodeInput.Answered answered -> answered(answered);
            case NodeInput.QueryFailed failure -> queryFailed(failure);
            case NodeInput.Flushed(GroupId group, long index) -> hosting.flushed(group, index);
            case NodeInput.MetadataRestored restored ->
                    onLane(GroupId.METADATA, group -> metadataRestored(group, restored));
            case NodeInput.ApplyFailed(GroupId id, String cause) ->
                    onLane(id, group -> group.applyFailed(cause));
            case NodeInput.RestoreFailed(GroupId id, String cause) ->
                    onLane(id, group -> group.restoreFailed(cause));
            case NodeInput.LogRead(GroupId group, ReplicaId peer, List<Entry> entries) ->
                    hosting.step(group, new RaftInput.LogRead(peer, entries));
            case NodeInput.SnapshotTaken taken -> snapshotTaken(taken);
            case NodeInput.SnapshotFetched(GroupId group, SnapshotMeta meta) ->
                    hosting.step(group, new RaftInput.SnapshotFetched(meta));
            case NodeInput.SnapshotFailed failure -> snapshotFailed(failure);
            case NodeInput.Restored(GroupId id, SnapshotMeta meta) ->
                    onLane(id, group -> group.restored(meta));
            case NodeInput.ReplicaLost(LostReplica replica) -> hosting.lost(replica);
            case NodeInput.JournalRoom(NodeInput.Room room) -> turn.admission().room(room);
            case NodeInput.JournalShare(GroupId group, boolean isOver) -> {
                turn.admission().share(group, isOver);
                hosting.step(group, new RaftInput.Compact());
            }
            case NodeInput.JournalPressed() -> hosting.compact();
            case NodeInput.TurnedAway(NodeId by, String why) -> turnedAway(by, why);
            case NodeInput.JournalFailed(String cause) -> {
                failed = "the journal has failed: " + cause;
                requests.close(failed);
            }
            case NodeInput.Wakeup() -> {
                requests.sweep();
                clocks.ask(view(), hosting.all());
                hints.tell(view(), hosting.all());
                hosting.wakeup();
            }
        }
    }

    /// Ends a turn: emits what the inputs of the turn have caused, within the lanes' credits.
    public void flush(Moment now, NodeEffects out) {
        if (failed != null) {
            return;
        }
        turn.begin(now, out);
        look();
        int rounds = 0;
        do {
            if (++rounds > FLUSH_ROUNDS_MAX) {
                throw new IllegalStateException(
                        "a turn does not end; touched: " + hosting.touchedCount());
            }
            hosting.openPending();
            requests.reroute();
            hosting.flush();
        } while (!hosting.isFlushed() || requests.mustReroute());
        turn.end();
    }

    /// Whoever is cut off from group 0 does not hear from its log that it was removed. One peer's
    /// word is enough: being removed or denied is for ever, so no newer view takes it back.
    private void turnedAway(NodeId by, String why) {
        if (!turnedAway) {
            turnedAway = true;
            turn.trace(new Trace.NodeTurnedAway(by, why));
            turn.emit(new NodeEffect.Dismissed(by + " says: " + why));
        }
    }

    // ---- requests ------------------------------------------------------------------------------

    private void received(NodeId from, PeerMessage message) {
        switch (message) {
            case PeerMessage.Raft envelope -> {
                HostedGroup group = hosting.find(envelope.group());
                if (group != null && turn.admission().takes(envelope)) {
                    group.received(from, envelope);
                    hosting.touched(group);
                } else if (group == null) {
                    quarantine.notHosted(from, envelope);
                }
            }
            case PeerMessage.Forward forward ->
                    accept(from, forward.requestId(), Asked.of(forward, turn.now().nanos()));
            case PeerMessage.Answer answer -> requests.answered(from, answer);
            case PeerMessage.Leads leads ->
                    hints.learn(from, leads, view()).forEach(requests::leaderKnown);
            case PeerMessage.Cancel(long requestId) -> requests.cancelled(from, requestId);
            case PeerMessage.Invitation invitation -> hosting.invited(invitation);
            case PeerMessage.ClockAsk ask -> clocks.asked(from, ask);
            case PeerMessage.ClockTold told -> clocks.told(from, told);
            // a request that is refused comes back as an answer; a message of Raft is as good as
            // lost, and the shell has told the log
            case PeerMessage.Refusal _ -> {}
            // for the failure detector, and for the transport: the shell keeps them
            case PeerMessage.Gossip _, PeerMessage.Here _ -> {}
        }
    }

    private void accept(@Nullable NodeId origin, long id, Asked asked) {
        String complaint = RequestCheck.complaint(asked.group(), asked.kind(), asked.payload());
        if (complaint != null) {
            Outcome refusal =
                    new Outcome.Rejected(Code.INVALID, Retry.NEVER, /* leader= */ null, complaint);
            turn.emit(
                    origin == null
                            ? new NodeEffect.Reply(id, refusal)
                            : new NodeEffect.Send(origin, new PeerMessage.Answer(id, refusal)));
            return;
        }
        requests.accept(origin, id, asked);
    }

    private void changeMembers(NodeInput.ChangeMembers change) {
        Request request =
                admit(change.requestId(), Kind.CHANGE, change.group(), change.deadlineNanos());
        if (request == null) {
            return;
        }
        HostedGroup group = leading(change.group());
        if (group == null) {
            requests.redirect(request);
        } else {
            group.change(request, change.voters(), change.learners());
            hosting.touched(group);
        }
    }

    private void transfer(NodeInput.Transfer transfer) {
        Request request =
                admit(
                        transfer.requestId(),
                        Kind.TRANSFER,
                        transfer.group(),
                        transfer.deadlineNanos());
        if (request == null) {
            return;
        }
        HostedGroup group = leading(transfer.group());
        if (group == null) {
            requests.redirect(request);
            return;
        }
        Member target = null;
        for (Member voter : group.raft().configuration().voters()) {
            if (voter.node().equals(transfer.target())) {
                target = voter;
            }
        }
        if (transfer.target() != null && target == null) {
            requests.answer(
                    request,
                    new Outcome.Rejected(
                            Code.INVALID,
                            Retry.NEVER,
                            /* leader= */ null,
                            transfer.target() + " has no vote in " + transfer.group()));
        } else {
            group.transfer(request, target);
            hosting.touched(group);
        }
    }

    private @Nullable Request admit(long id, Kind kind, GroupId group, long deadlineNanos) {
        return requests.admit(
                null,
                id,
                new Asked(
                        group,
                        kind,
                        ReadLevel.LINEARIZABLE,
                        Bytes.EMPTY,
                        Reach.REDIRECT,
                        deadlineNanos));
    }

    private @Nullable HostedGroup leading(GroupId id) {
        HostedGroup group = hosting.find(id);
        return group != null && group.raft().isLeader() ? group : null;
    }

    // ---- what the lanes say --------------------------------------------------------------------

    /// Takes what a lane says to the replica it speaks of; credits may have come back.
    private void onLane(GroupId id, Consumer<HostedGroup> what) {
        HostedGroup group = hosting.findOnLane(id);
        if (group != null) {
            what.accept(group);
            hosting.touched(group);
        }
        hosting.touchStarving();
    }

    private static void applied(HostedGroup group, NodeInput.Applied applied) {
        Iterator<EntryResult> results = applied.results().iterator();
        group.applied(
                applied.index(),
                entry -> outcome(entry, results),
                applied.tickAtMicros(),
                applied.remembered());
    }

    private static Outcome outcome(Entry entry, Iterator<EntryResult> results) {
        boolean hasResult =
                entry.kind() == Entry.Kind.COMMAND || entry.kind() == Entry.Kind.SESSION_COMMAND;
        if (!hasResult) {
            return written(entry, Served.WRITTEN, Bytes.EMPTY);
        }
        return switch (results.next()) {
            case EntryResult.Value(Bytes result) -> written(entry, Served.WRITTEN, result);
            case EntryResult.Repeated(Bytes result) -> written(entry, Served.REPEATED, result);
            case EntryResult.Refused(Code code, String sentence) ->
                    new Outcome.Rejected(code, Retry.NEVER, /* leader= */ null, sentence);
        };
    }

    private static Outcome written(Entry entry, Served served, Bytes result) {
        return new Outcome.Applied(entry.position(), entry.stampMicros(), served, result);
    }

    private void answered(NodeInput.Answered answered) {
        Request request = requests.find(answered.requestId());
        HostedGroup group = hosting.find(answered.group());
        if (request != null && group != null) {
            group.answered(
                    request,
                    new Outcome.Applied(
                            request.position(),
                            request.stampMicros(),
                            request.served(),
                            answered.result()));
        }
    }

    private void queryFailed(NodeInput.QueryFailed failure) {
        Request request = requests.find(failure.requestId());
        if (request != null) {
            requests.answer(
                    request,
                    new Outcome.Rejected(
                            failure.code(), Retry.NEVER, /* leader= */ null, failure.sentence()));
        }
    }

    private void snapshotTaken(NodeInput.SnapshotTaken taken) {
        hosting.step(
                taken.group(),
                new RaftInput.SnapshotTaken(
                        taken.position(), taken.stampMicros(), taken.sizeBytes(), taken.sha256()));
    }

    private void metadataRestored(HostedGroup group, NodeInput.MetadataRestored restored) {
        try {
            if (!group.gone()) {
                metadata.restored(group, restored.meta(), restored.state());
            }
            group.restored(restored.meta());
        } catch (MetadataFormatException unreadable) {
            group.restoreFailed(String.valueOf(unreadable.getMessage()));
        }
    }

    private void snapshotFailed(NodeInput.SnapshotFailed failure) {
        turn.trace(new Trace.SnapshotFailed(failure.group(), failure.cause()));
        SnapshotMeta meta = failure.meta();
        hosting.step(
                failure.group(),
                meta == null
                        ? new RaftInput.SnapshotNotTaken()
                        : new RaftInput.SnapshotNotFetched(meta));
    }

    /// What requests ask of the node they are on.
    private final class Directory implements Requests.Directory {
        @Override
        public @Nullable HostedGroup hosted(GroupId group) {
            return hosting.find(group);
        }

        @Override
        public @Nullable NodeId leader(GroupId group) {
            return hints.leaderOf(group);
        }

        @Override
        public @Nullable NodeId member(GroupId group) {
            GroupInfo info = view().routing().group(group);
            return info == null ? null : hints.memberOf(info);
        }

        @Override
        public boolean mayExist(GroupId group) {
            return !view().founded() || view().routing().group(group) != null;
        }

        @Override
        public void touched(HostedGroup group) {
            hosting.touched(group);
        }
    }
}
