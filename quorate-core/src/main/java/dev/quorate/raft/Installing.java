package dev.quorate.raft;

import dev.quorate.raft.Role.Follower;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import org.jspecify.annotations.Nullable;

/// The follower's side of snapshots: offered, fetched, installed (thesis §5.1, rule R4).
///
/// ```text
/// offer ─► FetchSnapshot ─► fetched ─► MarkInstalling ─► durable ─► RestoreSnapshot ─► restored
///                                                           ─► Installed ─► durable ─► follower
/// ```
///
/// A crash after the mark goes on with the restoring; until the end the replica neither serves nor
/// campaigns, and takes no entries.
final class Installing {
    private enum Step {
        NONE,
        MARK,
        MARKING,
        RESTORE,
        RESTORING,
        FINISH,
        FINISHING,
    }

    private final Replica replica;
    private @Nullable SnapshotMeta fetching;
    private @Nullable SnapshotMeta meta;
    private Step step = Step.NONE;
    private long ticket;
    private boolean keepsSuffix;

    /// @param begun what an earlier life began to install
    Installing(Replica replica, @Nullable SnapshotMeta begun) {
        this.replica = replica;
        if (begun != null) {
            meta = begun;
            step = Step.MARKING;
            replica.installing(true);
        }
    }

    /// What is being installed.
    @Nullable SnapshotMeta meta() {
        return meta;
    }

    /// The leader's log does not reach back to ours.
    void offered(Moment now, Member from, RaftMessage.SnapshotOffer offer, Effects out) {
        if (offer.term() < replica.term()) {
            replica.persistence().hold(from, new RaftMessage.HeartbeatReply(replica.term(), 0));
            return;
        }
        Follower follower = replica.follow(now, from, out);
        SnapshotMeta offered = offer.meta();
        if (offered.index() <= replica.commitIndex()) {
            // what is committed here is in every leader's log
            follower.verified(replica.commitIndex(), offer.round());
        } else if (replica.log().contains(offered.position())) {
            follower.verified(offered.index(), offer.round());
            replica.commitTo(offered.index());
        } else if (!replica.installing() && replica.applying().isOpen() && !isNews(offered)) {
            fetching = offered;
            out.emit(new RaftEffect.FetchSnapshot(from, offered));
        }
    }

    private boolean isNews(SnapshotMeta offered) {
        SnapshotMeta underWay = fetching;
        return underWay != null && (underWay.equals(offered) || underWay.index() > offered.index());
    }

    void fetched(SnapshotMeta snapshot, Effects out) {
        if (!snapshot.equals(fetching)) {
            return; // another one has taken its place
        }
        fetching = null;
        boolean needed =
                snapshot.index() > replica.commitIndex()
                        && !replica.log().contains(snapshot.position())
                        && replica.role() instanceof Follower
                        && !replica.installing();
        if (needed) {
            meta = snapshot;
            step = Step.MARK;
            replica.installing(true);
        } else {
            out.emit(new RaftEffect.DropFetched());
        }
    }

    void notFetched(SnapshotMeta snapshot) {
        if (snapshot.equals(fetching)) {
            fetching = null;
        }
    }

    /// The state machine is open after a start, in the middle of an installation.
    void opened(long durableApplied) {
        SnapshotMeta begun = meta;
        if (begun != null) {
            if (durableApplied > begun.index()) {
                throw new InvariantBroken(
                        "the state machine has applied %d, but snapshot %s was being installed"
                                .formatted(durableApplied, begun.position()));
            }
            step = durableApplied == begun.index() ? Step.FINISH : Step.RESTORE;
        }
    }

    void persisted(Effects out) {
        SnapshotMeta snapshot = meta;
        if (snapshot == null || !replica.persistence().isPersisted(ticket)) {
            return;
        }
        if (step == Step.MARKING && ticket > 0) {
            step = Step.RESTORE;
        } else if (step == Step.FINISHING) {
            finish(snapshot);
            out.emit(new RaftEffect.DropFetched());
        }
    }

    void restored(long index) {
        SnapshotMeta snapshot = meta;
        if (snapshot == null || step != Step.RESTORING || index != snapshot.index()) {
            throw new InvariantBroken("restored " + index + " in step " + step + " of " + meta);
        }
        step = Step.FINISH;
    }

    /// Emits the next step, as far as the credits reach.
    ///
    /// @return whether it waits for a credit
    boolean advance(Credits credits, Effects out) {
        SnapshotMeta snapshot = meta;
        if (snapshot == null) {
            return false;
        }
        switch (step) {
            case MARK -> {
                if (!credits.takeJournal()) {
                    return true;
                }
                ticket = replica.persistence().nextTicket();
                step = Step.MARKING;
                out.emit(new RaftEffect.MarkInstalling(ticket, snapshot));
            }
            case RESTORE -> {
                if (!replica.applying().isQuiet() && !replica.sick()) {
                    return false; // the completion of what it does brings us back
                }
                if (!credits.takeApply()) {
                    return true;
                }
                step = Step.RESTORING;
                out.emit(new RaftEffect.RestoreSnapshot(snapshot));
            }
            case FINISH -> {
                if (!credits.takeJournal()) {
                    return true;
                }
                keepsSuffix = replica.log().contains(snapshot.position());
                ticket = replica.persistence().nextTicket();
                replica.persistence().boundaryWritten(snapshot.index(), keepsSuffix);
                step = Step.FINISHING;
                out.emit(new RaftEffect.Installed(ticket, snapshot, keepsSuffix));
            }
            case NONE, MARKING, RESTORING, FINISHING -> {}
        }
        return false;
    }

    private void finish(SnapshotMeta snapshot) {
        meta = null;
        step = Step.NONE;
        replica.snapshotInstalled(snapshot, keepsSuffix);
        if (replica.role() instanceof Follower follower && follower.leader() != null) {
            follower.verified(snapshot.index(), 0);
        }
    }
}
