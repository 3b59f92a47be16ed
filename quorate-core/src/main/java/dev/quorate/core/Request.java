package dev.quorate.core;

import dev.quorate.api.Outcome.Served;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import org.jspecify.annotations.Nullable;

/// A request being worked on: who asked for what, and how far it has come.
final class Request {
    /// What the request waits for.
    enum Stage {
        /// A leader to be known.
        PARKED,
        /// The leader's node to answer.
        FORWARDED,
        /// Its log entry to be applied here.
        PROPOSED,
        /// The read index to be confirmed, then applied, then the state machine to answer.
        READING,
        /// Nothing but its answer.
        SETTLED,
    }

    /// What the request is.
    enum Kind {
        /// A command.
        WRITE,
        /// A command that is applied once, however often it is tried.
        SESSION_WRITE,
        /// A query.
        READ,
        /// A change of members.
        CHANGE,
        /// A change of leader.
        TRANSFER;

        /// Whether it may have an effect once somebody has it.
        boolean hasEffect() {
            return this != READ;
        }

        boolean isWrite() {
            return this == WRITE || this == SESSION_WRITE;
        }
    }

    /// What was asked.
    ///
    /// @param level of a read
    record Asked(
            GroupId group,
            Kind kind,
            ReadLevel level,
            Bytes payload,
            Reach reach,
            long deadlineNanos) {
        private static final long FORWARD_MICROS_MAX = 3_600_000_000L;

        static Asked of(NodeInput.Write write) {
            return new Asked(
                    write.group(),
                    Kind.WRITE,
                    ReadLevel.LINEARIZABLE,
                    write.command(),
                    write.reach(),
                    write.deadlineNanos());
        }

        static Asked of(NodeInput.SessionWrite write) {
            return new Asked(
                    write.group(),
                    Kind.SESSION_WRITE,
                    ReadLevel.LINEARIZABLE,
                    write.payload(),
                    write.reach(),
                    write.deadlineNanos());
        }

        static Asked of(NodeInput.Read read) {
            return new Asked(
                    read.group(),
                    Kind.READ,
                    read.level(),
                    read.query(),
                    read.reach(),
                    read.deadlineNanos());
        }

        static Asked of(PeerMessage.Forward forward, long nowNanos) {
            Kind kind =
                    switch (forward.kind()) {
                        case WRITE -> Kind.WRITE;
                        case SESSION_WRITE -> Kind.SESSION_WRITE;
                        case READ -> Kind.READ;
                    };
            long remainingMicros = Math.min(forward.remainingMicros(), FORWARD_MICROS_MAX);
            return new Asked(
                    forward.group(),
                    kind,
                    forward.level(),
                    forward.payload(),
                    Reach.REDIRECT,
                    nowNanos + remainingMicros * 1_000);
        }
    }

    private final long id;
    private final @Nullable NodeId origin;
    private final long clientId;
    private final Asked asked;

    private Stage stage = Stage.PARKED;
    private long parkedSinceNanos;
    private @Nullable NodeId forwardedTo;
    private int hops;
    private LogPosition position = LogPosition.ZERO;
    private long stampMicros;
    private Served served;
    private long leaseTerm;
    private boolean leaseRefused;

    /// @param id unique on this node
    /// @param origin the node that forwarded it; null for a client of this node
    /// @param clientId the id that the asker knows it by
    Request(long id, @Nullable NodeId origin, long clientId, Asked asked) {
        this.id = id;
        this.origin = origin;
        this.clientId = clientId;
        this.asked = asked;
        this.served = asked.kind() == Kind.READ ? Served.LINEARIZABLE : Served.WRITTEN;
    }

    long id() {
        return id;
    }

    @Nullable NodeId origin() {
        return origin;
    }

    long clientId() {
        return clientId;
    }

    GroupId group() {
        return asked.group();
    }

    Kind kind() {
        return asked.kind();
    }

    ReadLevel level() {
        return asked.level();
    }

    Bytes payload() {
        return asked.payload();
    }

    Reach reach() {
        return asked.reach();
    }

    long deadlineNanos() {
        return asked.deadlineNanos();
    }

    Stage stage() {
        return stage;
    }

    void parked(long nowNanos) {
        stage = Stage.PARKED;
        forwardedTo = null;
        parkedSinceNanos = nowNanos;
    }

    long parkedSinceNanos() {
        return parkedSinceNanos;
    }

    void forwarded(NodeId to) {
        stage = Stage.FORWARDED;
        forwardedTo = to;
        hops++;
    }

    @Nullable NodeId forwardedTo() {
        return forwardedTo;
    }

    /// How often it was forwarded: two stale hints must not make it loop.
    int hops() {
        return hops;
    }

    void proposed(LogPosition at) {
        stage = Stage.PROPOSED;
        position = at;
    }

    void reading() {
        stage = Stage.READING;
    }

    /// It is in nobody's queue any more.
    void settled() {
        stage = Stage.SETTLED;
    }

    /// The entry that carries the write, or the last one that the read includes.
    LogPosition position() {
        return position;
    }

    /// Log time of that entry.
    long stampMicros() {
        return stampMicros;
    }

    void position(LogPosition at, long stamp) {
        position = at;
        stampMicros = stamp;
    }

    /// What the answer may be relied on for.
    Served served() {
        return served;
    }

    void served(Served as) {
        served = as;
    }

    // ---- reads on a lease ----------------------------------------------------------------------

    /// Whether a leader's lease will do.
    boolean maySpareQuorum() {
        return level() instanceof ReadLevel.Lease && !leaseRefused;
    }

    /// The read rests on the lease of the leader of this term.
    void restsOnLease(long term) {
        leaseTerm = term;
    }

    /// The term whose lease must still hold when the answer is there; 0 if none must.
    long leaseTerm() {
        return leaseTerm;
    }

    /// The lease ended while the data was read: the answer may be stale.
    void leaseEnded() {
        leaseTerm = 0;
        leaseRefused = true;
    }
}
