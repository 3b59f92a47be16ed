package dev.quorate.core;

import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
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
        WRITE,
        READ,
        LOCAL_READ,
    }

    private final long id;
    private final @Nullable NodeId origin;
    private final long clientId;
    private final GroupId group;
    private final Kind kind;
    private final Bytes payload;
    private final Reach reach;
    private final long deadlineNanos;

    private Stage stage = Stage.PARKED;
    private long parkedSinceNanos;
    private @Nullable NodeId forwardedTo;
    private int hops;
    private LogPosition position = LogPosition.ZERO;

    /// @param id unique on this node
    /// @param origin the node that forwarded it; null for a client of this node
    /// @param clientId the id that the asker knows it by
    Request(
            long id,
            @Nullable NodeId origin,
            long clientId,
            GroupId group,
            Kind kind,
            Bytes payload,
            Reach reach,
            long deadlineNanos) {
        this.id = id;
        this.origin = origin;
        this.clientId = clientId;
        this.group = group;
        this.kind = kind;
        this.payload = payload;
        this.reach = reach;
        this.deadlineNanos = deadlineNanos;
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
        return group;
    }

    Kind kind() {
        return kind;
    }

    Bytes payload() {
        return payload;
    }

    Reach reach() {
        return reach;
    }

    long deadlineNanos() {
        return deadlineNanos;
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

    void position(LogPosition at) {
        position = at;
    }
}
