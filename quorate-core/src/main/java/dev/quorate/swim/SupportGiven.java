package dev.quorate.swim;

import dev.quorate.swim.SupportEffect.Given;
import dev.quorate.swim.SupportEffect.Send;
import dev.quorate.swim.SupportEffect.Withdrawn;
import dev.quorate.swim.SupportMessage.Refusal;
import dev.quorate.swim.SupportMessage.Request;
import dev.quorate.swim.SupportMessage.Support;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.Map;
import java.util.TreeMap;

/// The giver's side: whom this node supports, at which epoch, until when. An epoch that was
/// withdrawn is never supported again.
final class SupportGiven {
    private static final class Promise {
        private Incarnation epoch;
        private long untilNanos;
        private boolean stands = true;

        Promise(Incarnation epoch, long untilNanos) {
            this.epoch = epoch;
            this.untilNanos = untilNanos;
        }
    }

    private final SupportConfig config;
    private final long boot;
    private final Map<NodeId, Promise> promises = new TreeMap<>();

    SupportGiven(SupportConfig config, long boot) {
        this.config = config;
        this.boot = boot;
    }

    void asked(Moment now, NodeId from, Request request, SupportEffects out) {
        long micros = Math.min(request.durationMicros(), config.duration().toNanos() / 1_000);
        long untilNanos = now.nanos() + micros * 1_000;
        Promise promise = promises.get(from);
        if (promise == null) {
            promises.put(from, new Promise(request.epoch(), untilNanos));
            out.emit(new Given(from, request.epoch()));
        } else if (request.epoch().isAfter(promise.epoch)) {
            withdraw(from, promise, out);
            promises.put(from, new Promise(request.epoch(), untilNanos));
            out.emit(new Given(from, request.epoch()));
        } else if (!promise.stands) {
            out.emit(new Send(from, new Refusal(promise.epoch)));
            return;
        } else if (!request.epoch().equals(promise.epoch)) {
            // a late message of a former life, or a node that went back: the latter is refused
            // once the promise to its later life has run out
            return;
        } else if (untilNanos - promise.untilNanos > 0) {
            promise.untilNanos = untilNanos;
        }
        out.emit(new Send(from, new Support(request.epoch(), request.round(), micros, boot)));
    }

    /// Withdraws what has run out.
    void expire(Moment now, SupportEffects out) {
        promises.forEach((peer, promise) -> {
            if (now.nanos() - promise.untilNanos >= 0) {
                withdraw(peer, promise, out);
            }
        });
    }

    /// This machine was suspended: nothing it promised can be told from what it slept through.
    void withdrawAll(SupportEffects out) {
        promises.forEach((peer, promise) -> withdraw(peer, promise, out));
    }

    private static void withdraw(NodeId peer, Promise promise, SupportEffects out) {
        if (promise.stands) {
            promise.stands = false;
            out.emit(new Withdrawn(peer, promise.epoch));
        }
    }

    /// The peer is no member any more.
    void forget(NodeId peer, SupportEffects out) {
        Promise promise = promises.remove(peer);
        if (promise != null) {
            withdraw(peer, promise, out);
        }
    }

    boolean supports(NodeId peer, Incarnation epoch, Moment now) {
        Promise promise = promises.get(peer);
        return promise != null
                && promise.stands
                && promise.epoch.equals(epoch)
                && now.nanos() - promise.untilNanos < 0;
    }

    long deadlineNanos(long otherwise) {
        long earliest = otherwise;
        for (Promise promise : promises.values()) {
            if (promise.stands && promise.untilNanos - earliest < 0) {
                earliest = promise.untilNanos;
            }
        }
        return earliest;
    }
}
