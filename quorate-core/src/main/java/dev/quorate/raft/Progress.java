package dev.quorate.raft;

import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;

/// What a leader knows of one follower's log, and what is on its way there.
///
/// A follower is *probed* with one append at a time until one is accepted; from then on appends are
/// pipelined within a window of messages and bytes. Without probing, repeated and reordered
/// rejections multiply requests without bound. One that lacks what compaction removed is sent
/// nothing until it has a *snapshot*.
final class Progress {
    private final Member peer;
    private final RaftConfig.Limits limits;

    /// Beats in a row in which a learner must have caught up before it may vote.
    static final int CAUGHT_UP_BEATS = 3;

    private enum Mode {
        PROBE,
        REPLICATE,
        SNAPSHOT,
    }

    private long nextIndex;
    private long matchIndex;
    private Mode mode = Mode.PROBE;
    private boolean probeSent;
    private boolean readingLog;

    private final long[] sentUpTo;
    private final int[] sentBytes;
    private int head;
    private int inflight;
    private long inflightBytes;

    private long heardNanos;
    private long progressedNanos;
    private long round;
    private long leaseSentNanos = -1;
    private long offeredIndex;
    private long farewellRound = -1;
    private long goalIndex;
    private int caughtUp;

    Progress(Member peer, RaftConfig.Limits limits, long lastIndex, long nowNanos) {
        this.peer = peer;
        this.limits = limits;
        this.nextIndex = lastIndex + 1;
        this.sentUpTo = new long[limits.inflightMessages()];
        this.sentBytes = new int[limits.inflightMessages()];
        this.heardNanos = nowNanos;
        this.progressedNanos = nowNanos;
    }

    Member peer() {
        return peer;
    }

    ReplicaId id() {
        return peer.replica();
    }

    long nextIndex() {
        return nextIndex;
    }

    long matchIndex() {
        return matchIndex;
    }

    /// The latest confirmation round that this follower answered.
    long round() {
        return round;
    }

    long heardNanos() {
        return heardNanos;
    }

    /// Whether it has answered this leader at all, and last since then.
    boolean answeredSince(long sinceNanos) {
        return round > 0 && heardNanos - sinceNanos >= 0;
    }

    /// Any answer in our term: the follower recognised us when it sent it.
    void heard(long nowNanos, long answeredRound) {
        heardNanos = nowNanos;
        round = Math.max(round, answeredRound);
    }

    /// When the latest confirmation was sent that this follower answered, in nanoseconds since the
    /// leader took office; negative for none.
    long leaseSentNanos() {
        return leaseSentNanos;
    }

    /// It answered a heartbeat that was sent then: its promise counts from there (rule R11).
    void promised(long sentNanos) {
        leaseSentNanos = Math.max(leaseSentNanos, sentNanos);
    }

    /// Whether an append may leave now.
    boolean maySend(long lastIndex) {
        if (readingLog) {
            return false;
        }
        if (mode != Mode.REPLICATE) {
            return mode == Mode.PROBE && !probeSent;
        }
        return nextIndex <= lastIndex
                && inflight < limits.inflightMessages()
                && inflightBytes < limits.inflightBytes();
    }

    /// An append that ends at `lastIndex` left.
    void sent(long lastIndex, int bytes, long nowNanos) {
        if (mode == Mode.PROBE) {
            probeSent = true;
            return;
        }
        if (inflight == 0) {
            progressedNanos = nowNanos;
        }
        int slot = (head + inflight) % sentUpTo.length;
        sentUpTo[slot] = lastIndex;
        sentBytes[slot] = bytes;
        inflight++;
        inflightBytes += bytes;
        nextIndex = lastIndex + 1;
    }

    /// The follower durably holds the log up to `match`.
    void accepted(long match, long nowNanos) {
        if (match > matchIndex) {
            matchIndex = match;
            progressedNanos = nowNanos;
        }
        if (mode == Mode.PROBE || (mode == Mode.SNAPSHOT && matchIndex >= offeredIndex)) {
            mode = Mode.REPLICATE;
            probeSent = false;
            nextIndex = matchIndex + 1;
        }
        nextIndex = Math.max(nextIndex, matchIndex + 1);
        while (inflight > 0 && sentUpTo[head] <= matchIndex) {
            inflightBytes -= sentBytes[head];
            head = (head + 1) % sentUpTo.length;
            inflight--;
        }
    }

    /// Whether a rejection is about what we last sent, not an old one come late.
    boolean concerns(long rejectedIndex) {
        return switch (mode) {
            case PROBE -> rejectedIndex == nextIndex - 1;
            case REPLICATE -> rejectedIndex > matchIndex;
            case SNAPSHOT -> false;
        };
    }

    /// Goes back to `next` and probes from there.
    void probeFrom(long next) {
        mode = Mode.PROBE;
        probeSent = false;
        nextIndex = Math.max(matchIndex + 1, next);
        inflight = 0;
        inflightBytes = 0;
    }

    /// It lacks what compaction removed.
    void needsSnapshot() {
        mode = Mode.SNAPSHOT;
        offeredIndex = Long.MAX_VALUE;
        inflight = 0;
        inflightBytes = 0;
        readingLog = false;
    }

    boolean waitsForSnapshot() {
        return mode == Mode.SNAPSHOT;
    }

    /// The snapshot it is being offered ends here.
    void offered(long index) {
        offeredIndex = index;
    }

    /// Where the snapshot ends that it is being offered; past any log while there is none yet.
    long offeredIndex() {
        return offeredIndex;
    }

    /// Whether a removed follower has answered a message that told it that its removal is
    /// committed.
    ///
    /// @param round the leader's latest: all later ones tell it
    boolean hasHeardFarewell(long round) {
        if (farewellRound < 0) {
            farewellRound = round;
        }
        return this.round > farewellRound;
    }

    /// Called at every beat: measures whether it has, within a beat, come to where the log ended at
    /// the beat before (thesis §4.2.1).
    void measure(long lastIndex) {
        caughtUp = matchIndex >= goalIndex && matchIndex > 0 ? caughtUp + 1 : 0;
        goalIndex = lastIndex;
    }

    /// Whether several measures in a row found it up to date.
    boolean keepsUp() {
        return caughtUp >= CAUGHT_UP_BEATS;
    }

    /// Called at every heartbeat: lets a probe be repeated, and gives up on appends that nobody has
    /// answered for `patienceNanos` (they, or their answers, were lost).
    void tick(long nowNanos, long patienceNanos) {
        probeSent = false;
        if (inflight > 0 && nowNanos - progressedNanos > patienceNanos) {
            probeFrom(matchIndex + 1);
        }
    }

    /// The entries it needs are being read from disk.
    void readingLog(boolean reading) {
        readingLog = reading;
    }
}
