package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of one join token.
///
/// @param hash SHA-256 of the token's secret
/// @param expiresAtMicros log time from which it can no longer be presented
/// @param attempt how often it was bound to a key
/// @param presenter the key it is bound to; null while it is bound to none
/// @param history what happened to it, oldest first, at most [#HISTORY_MAX] steps
public record JoinTokenState(
        Bytes hash,
        Lifecycle lifecycle,
        long expiresAtMicros,
        int attempt,
        @Nullable Presenter presenter,
        List<Step> history) {
    /// Steps of one token that are remembered; older ones are forgotten.
    public static final int HISTORY_MAX = 32;

    /// How often a token may be bound to another key.
    public static final int ATTEMPTS_MAX = 16;

    /// Longest lease of a presenter, in microseconds of log time: an hour.
    public static final long LEASE_MICROS_MAX = 3_600_000_000L;

    /// Where a token is in its life.
    public enum Lifecycle {
        /// It may be presented.
        ISSUED(1),
        /// It is bound to a key whose certificate may have been handed out.
        IN_FLIGHT(2),
        /// The node that presented it has arrived.
        CONSUMED(3),
        /// Its time is over.
        EXPIRED(4),
        /// It was withdrawn.
        ABORTED(5);

        private static final List<Lifecycle> ALL = List.of(values());

        private final int code;

        Lifecycle(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static @Nullable Lifecycle ofCode(long code) {
            return code >= 1 && code <= ALL.size() ? ALL.get((int) code - 1) : null;
        }
    }

    /// Who presented a token.
    ///
    /// @param spkiSha256 SHA-256 of the key's SubjectPublicKeyInfo
    /// @param node the id that is reserved for it
    /// @param leaseUntilMicros log time until which nobody else may present the token
    public record Presenter(Bytes spkiSha256, NodeId node, long leaseUntilMicros) {
        public Presenter {
            Sha256.require("a key pin", spkiSha256);
            GroupInfo.requireNotNegative("lease", leaseUntilMicros);
        }

        Presenter until(long micros) {
            return new Presenter(spkiSha256, node, Math.max(leaseUntilMicros, micros));
        }
    }

    /// One step, for the audit.
    ///
    /// @param index entry of group 0's log that took it
    /// @param stampMicros log time of that entry
    /// @param lifecycle what it led to
    /// @param presenter who the token was bound to then
    public record Step(
            long index, long stampMicros, Lifecycle lifecycle, @Nullable Presenter presenter) {
        public Step {
            GroupInfo.requireNotNegative("index", index);
            GroupInfo.requireNotNegative("log time", stampMicros);
        }
    }

    public JoinTokenState {
        Sha256.require("a token hash", hash);
        GroupInfo.requireNotNegative("expiry", expiresAtMicros);
        GroupInfo.requireNotNegative("attempt", attempt);
        history = List.copyOf(history);
        if (history.isEmpty() || history.size() > HISTORY_MAX) {
            throw new IllegalArgumentException(
                    "a token has 1.." + HISTORY_MAX + " steps, not " + history.size());
        }
        boolean bound = lifecycle == Lifecycle.IN_FLIGHT || lifecycle == Lifecycle.CONSUMED;
        if (bound != (presenter != null)) {
            throw new IllegalArgumentException("a token in flight or consumed has a presenter");
        }
    }

    /// Whether it can never be presented again.
    public boolean isSpent() {
        return switch (lifecycle) {
            case ISSUED, IN_FLIGHT -> false;
            case CONSUMED, EXPIRED, ABORTED -> true;
        };
    }

    /// Whether its time is over.
    public boolean isExpired(long stampMicros) {
        return stampMicros >= expiresAtMicros;
    }

    /// Whether it is, or was when it was consumed, bound to this key.
    boolean isBoundTo(Bytes spkiSha256) {
        return presenter != null && presenter.spkiSha256().equals(spkiSha256);
    }

    /// The last step's index in group 0's log.
    long lastIndex() {
        return history.getLast().index();
    }

    /// The token one step further.
    JoinTokenState next(
            long index, long stampMicros, Lifecycle to, @Nullable Presenter nextPresenter) {
        List<Step> steps = new ArrayList<>(history);
        if (steps.size() == HISTORY_MAX) {
            steps.removeFirst();
        }
        steps.add(new Step(index, stampMicros, to, nextPresenter));
        boolean another =
                to == Lifecycle.IN_FLIGHT
                        && nextPresenter != null
                        && !isBoundTo(nextPresenter.spkiSha256());
        return new JoinTokenState(
                hash, to, expiresAtMicros, another ? attempt + 1 : attempt, nextPresenter, steps);
    }

    /// The same step with a longer lease: not worth one of its own.
    JoinTokenState prolonged(long untilMicros) {
        return presenter == null
                ? this
                : new JoinTokenState(
                        hash,
                        lifecycle,
                        expiresAtMicros,
                        attempt,
                        presenter.until(untilMicros),
                        history);
    }
}
