package dev.quorate.raft;

import dev.quorate.types.NodeId;

/// What a leader knows of one follower's log, and what is on its way there.
///
/// A follower is *probed* with one append at a time until one is accepted; from then on appends are
/// pipelined within a window of messages and bytes. Without probing, repeated and reordered
/// rejections multiply requests without bound.
final class Progress {
    private final NodeId peer;
    private final RaftConfig.Limits limits;

    private long nextIndex;
    private long matchIndex;
    private boolean probing = true;
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

    Progress(NodeId peer, RaftConfig.Limits limits, long lastIndex, long nowNanos) {
        this.peer = peer;
        this.limits = limits;
        this.nextIndex = lastIndex + 1;
        this.sentUpTo = new long[limits.inflightMessages()];
        this.sentBytes = new int[limits.inflightMessages()];
        this.heardNanos = nowNanos;
        this.progressedNanos = nowNanos;
    }

    NodeId peer() {
        return peer;
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

    /// Any answer in our term: the follower recognised us when it sent it.
    void heard(long nowNanos, long answeredRound) {
        heardNanos = nowNanos;
        round = Math.max(round, answeredRound);
    }

    /// Whether an append may leave now.
    boolean maySend(long lastIndex) {
        if (readingLog) {
            return false;
        }
        if (probing) {
            return !probeSent;
        }
        return nextIndex <= lastIndex
                && inflight < limits.inflightMessages()
                && inflightBytes < limits.inflightBytes();
    }

    /// An append that ends at `lastIndex` left.
    void sent(long lastIndex, int bytes, long nowNanos) {
        if (probing) {
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
        if (probing) {
            probing = false;
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
        return probing ? rejectedIndex == nextIndex - 1 : rejectedIndex > matchIndex;
    }

    /// Goes back to `next` and probes from there.
    void probeFrom(long next) {
        probing = true;
        probeSent = false;
        nextIndex = Math.max(matchIndex + 1, next);
        inflight = 0;
        inflightBytes = 0;
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
