package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.EXPIRED;
import static dev.quorate.metadata.MetadataOutcome.Code.IDENTITY_CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.ILLEGAL_EDGE;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.LIMIT_REACHED;
import static dev.quorate.metadata.MetadataOutcome.Code.NOT_NEXT_ID;
import static dev.quorate.metadata.MetadataOutcome.Code.TOKEN_IN_USE;
import static dev.quorate.metadata.MetadataOutcome.Code.TOKEN_SPENT;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_TOKEN;

import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenState.Presenter;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides the steps of join tokens, by log time and nothing else.
final class TokenRules {
    private TokenRules() {}

    static MetadataOutcome apply(Draft draft, JoinTokenTransition change) {
        JoinTokenState token = draft.tokens.token(change.tokenHash());
        if (change instanceof JoinTokenTransition.Register register) {
            return register(draft, token, register);
        }
        if (token == null) {
            return new Rejected(
                    UNKNOWN_TOKEN, "there is no join token " + Sha256.brief(change.tokenHash()));
        }
        return switch (change) {
            case JoinTokenTransition.Register _ ->
                    throw new AssertionError("registering needs no token");
            case JoinTokenTransition.BeginInFlight c -> begin(draft, token, c.presenter());
            case JoinTokenTransition.MarkConsumed c -> consume(draft, token, c);
            case JoinTokenTransition.RevertInFlight c -> revert(draft, token, c.spkiSha256());
            case JoinTokenTransition.MarkExpired _ -> expire(draft, token);
            case JoinTokenTransition.MarkAborted _ -> abort(draft, token);
        };
    }

    private static MetadataOutcome register(
            Draft draft, @Nullable JoinTokenState known, JoinTokenTransition.Register change) {
        if (known != null) {
            boolean same =
                    known.lifecycle() == Lifecycle.ISSUED
                            && known.expiresAtMicros() == change.expiresAtMicros();
            return same
                    ? Draft.APPLIED
                    : new Rejected(CONFLICT, name(known) + " was registered before");
        }
        if (change.expiresAtMicros() <= draft.nowMicros) {
            return new Rejected(
                    EXPIRED, "a join token that has expired already cannot be registered");
        }
        TokenStateMirror room = draft.tokens.withRoom(draft.nowMicros);
        if (room == null) {
            return new Rejected(
                    LIMIT_REACHED,
                    TokenStateMirror.TOKENS_MAX + " join tokens are in use; abort some first");
        }
        JoinTokenState.Step step =
                new JoinTokenState.Step(
                        draft.index, draft.nowMicros, Lifecycle.ISSUED, /* presenter= */ null);
        draft.tokens =
                room.with(
                        new JoinTokenState(
                                change.tokenHash(),
                                Lifecycle.ISSUED,
                                change.expiresAtMicros(),
                                0,
                                /* presenter= */ null,
                                List.of(step)));
        return Draft.APPLIED;
    }

    private static MetadataOutcome begin(Draft draft, JoinTokenState token, Presenter presenter) {
        if (token.isSpent()) {
            return spent(token);
        }
        if (token.isExpired(draft.nowMicros)) {
            return new Rejected(EXPIRED, name(token) + " has expired");
        }
        if (presenter.leaseUntilMicros() <= draft.nowMicros) {
            return new Rejected(INVALID, name(token) + " was given a lease that is over already");
        }
        if (presenter.leaseUntilMicros() - draft.nowMicros > JoinTokenState.LEASE_MICROS_MAX) {
            return new Rejected(INVALID, name(token) + " was given a lease of more than an hour");
        }
        Rejected refusal =
                IdentityRules.keyRefusal(draft, presenter.node(), presenter.spkiSha256());
        if (refusal != null) {
            return refusal;
        }
        Presenter bound = token.presenter();
        if (bound != null && bound.spkiSha256().equals(presenter.spkiSha256())) {
            return again(draft, token, bound, presenter);
        }
        if (bound != null && draft.nowMicros < bound.leaseUntilMicros()) {
            return inUse(token);
        }
        return bind(draft, token, presenter);
    }

    /// The same key once more: it gets the same id, and so the same certificate.
    private static MetadataOutcome again(
            Draft draft, JoinTokenState token, Presenter bound, Presenter presenter) {
        if (!bound.node().equals(presenter.node())) {
            return new Rejected(
                    NOT_NEXT_ID,
                    name(token) + " has reserved " + bound.node() + ", not " + presenter.node());
        }
        draft.tokens = draft.tokens.with(token.prolonged(presenter.leaseUntilMicros()));
        return Draft.APPLIED;
    }

    private static MetadataOutcome bind(Draft draft, JoinTokenState token, Presenter presenter) {
        long nextNodeId = draft.topology.nextNodeId();
        if (presenter.node().value() != nextNodeId) {
            return new Rejected(
                    NOT_NEXT_ID, "the next node is n" + nextNodeId + ", not " + presenter.node());
        }
        JoinTokenState other = draft.tokens.boundTo(presenter.spkiSha256());
        if (other != null) {
            return new Rejected(
                    IDENTITY_CONFLICT,
                    "the key that presents " + name(token) + " has presented " + name(other));
        }
        if (token.attempt() >= JoinTokenState.ATTEMPTS_MAX) {
            return new Rejected(
                    LIMIT_REACHED,
                    name(token) + " was presented with " + token.attempt() + " keys: abort it");
        }
        Rejected refusal = revokePresenter(draft, token, "its join token was given to another");
        if (refusal != null) {
            return refusal;
        }
        draft.topology = draft.topology.withReserved(presenter.node());
        return step(draft, token, Lifecycle.IN_FLIGHT, presenter);
    }

    private static MetadataOutcome consume(
            Draft draft, JoinTokenState token, JoinTokenTransition.MarkConsumed change) {
        Presenter bound = token.presenter();
        if (bound == null) {
            return token.isSpent() ? spent(token) : illegal(token, Lifecycle.CONSUMED);
        }
        if (!bound.spkiSha256().equals(change.spkiSha256())
                || !bound.node().equals(change.node())) {
            return new Rejected(
                    IDENTITY_CONFLICT,
                    name(token) + " is bound to another key, for " + bound.node());
        }
        if (token.lifecycle() == Lifecycle.CONSUMED) {
            return Draft.APPLIED;
        }
        Rejected refusal = IdentityRules.keyRefusal(draft, bound.node(), bound.spkiSha256());
        return refusal == null ? step(draft, token, Lifecycle.CONSUMED, bound) : refusal;
    }

    private static MetadataOutcome revert(Draft draft, JoinTokenState token, Bytes key) {
        Presenter bound = token.presenter();
        if (token.lifecycle() != Lifecycle.IN_FLIGHT || bound == null) {
            return token.lifecycle() == Lifecycle.ISSUED
                    ? Draft.APPLIED
                    : illegal(token, Lifecycle.ISSUED);
        }
        if (!bound.spkiSha256().equals(key)) {
            return new Rejected(
                    CONFLICT, name(token) + " is no longer bound to the key it is taken from");
        }
        if (draft.nowMicros < bound.leaseUntilMicros()) {
            return inUse(token);
        }
        Rejected refusal = revokePresenter(draft, token, "its lease on a join token ran out");
        return refusal == null
                ? step(draft, token, Lifecycle.ISSUED, /* presenter= */ null)
                : refusal;
    }

    private static MetadataOutcome expire(Draft draft, JoinTokenState token) {
        if (token.lifecycle() == Lifecycle.EXPIRED) {
            return Draft.APPLIED;
        }
        if (token.isSpent()) {
            return illegal(token, Lifecycle.EXPIRED);
        }
        if (!token.isExpired(draft.nowMicros)) {
            return new Rejected(INVALID, name(token) + " has not expired yet");
        }
        Presenter bound = token.presenter();
        if (bound != null && draft.nowMicros < bound.leaseUntilMicros()) {
            return inUse(token);
        }
        Rejected refusal = revokePresenter(draft, token, "its join token expired");
        return refusal == null
                ? step(draft, token, Lifecycle.EXPIRED, /* presenter= */ null)
                : refusal;
    }

    private static MetadataOutcome abort(Draft draft, JoinTokenState token) {
        if (token.lifecycle() == Lifecycle.ABORTED) {
            return Draft.APPLIED;
        }
        if (token.isSpent()) {
            return illegal(token, Lifecycle.ABORTED);
        }
        Rejected refusal = revokePresenter(draft, token, "its join token was aborted");
        return refusal == null
                ? step(draft, token, Lifecycle.ABORTED, /* presenter= */ null)
                : refusal;
    }

    private static MetadataOutcome step(
            Draft draft, JoinTokenState token, Lifecycle to, @Nullable Presenter presenter) {
        draft.tokens = draft.tokens.with(token.next(draft.index, draft.nowMicros, to, presenter));
        return Draft.APPLIED;
    }

    /// A certificate for the presenter's key may be on its way: nobody must be able to use it.
    private static @Nullable Rejected revokePresenter(
            Draft draft, JoinTokenState token, String reason) {
        Presenter bound = token.presenter();
        return bound == null
                ? null
                : IdentityRules.revoke(draft, bound.spkiSha256(), bound.node(), reason);
    }

    private static Rejected spent(JoinTokenState token) {
        return new Rejected(
                token.lifecycle() == Lifecycle.EXPIRED ? EXPIRED : TOKEN_SPENT,
                name(token) + " is " + token.lifecycle() + " since entry " + token.lastIndex());
    }

    private static Rejected inUse(JoinTokenState token) {
        return new Rejected(
                TOKEN_IN_USE, name(token) + " is bound to a key whose lease is not over");
    }

    private static Rejected illegal(JoinTokenState token, Lifecycle to) {
        return new Rejected(
                ILLEGAL_EDGE,
                name(token) + " is " + token.lifecycle() + " and cannot become " + to);
    }

    private static String name(JoinTokenState token) {
        return "join token " + Sha256.brief(token.hash());
    }
}
