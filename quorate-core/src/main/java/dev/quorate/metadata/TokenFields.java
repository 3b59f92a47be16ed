package dev.quorate.metadata;

import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenState.Presenter;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The fields of join tokens, in entries and in the state. Tags are never changed or used again.
final class TokenFields {
    private TokenFields() {}

    static FieldWriter write(FieldWriter to, JoinTokenTransition change) {
        FieldWriter token = to.bytes(1, change.tokenHash());
        return switch (change) {
            case JoinTokenTransition.Register e -> token.number(2, e.expiresAtMicros());
            case JoinTokenTransition.BeginInFlight e -> token.message(2, presenter(e.presenter()));
            case JoinTokenTransition.MarkConsumed e ->
                    token.bytes(2, e.spkiSha256()).number(3, e.node().value());
            case JoinTokenTransition.RevertInFlight e -> token.bytes(2, e.spkiSha256());
            case JoinTokenTransition.MarkExpired _, JoinTokenTransition.MarkAborted _ -> token;
        };
    }

    static JoinTokenTransition read(EntryKind kind, FieldReader from) {
        Bytes hash = from.bytes(1);
        return switch (kind) {
            case TOKEN_REGISTER -> {
                long expiresAtMicros = from.number(2);
                yield new JoinTokenTransition.Register(hash, expiresAtMicros, from.unknown());
            }
            case TOKEN_BEGIN_IN_FLIGHT -> {
                Presenter presenter = readPresenter(from.message(2));
                if (presenter == null) {
                    throw from.malformed("nobody presents the token");
                }
                yield new JoinTokenTransition.BeginInFlight(hash, presenter, from.unknown());
            }
            case TOKEN_MARK_CONSUMED -> {
                Bytes key = from.bytes(2);
                NodeId node = from.node(3);
                yield new JoinTokenTransition.MarkConsumed(hash, key, node, from.unknown());
            }
            case TOKEN_REVERT_IN_FLIGHT -> {
                Bytes key = from.bytes(2);
                yield new JoinTokenTransition.RevertInFlight(hash, key, from.unknown());
            }
            case TOKEN_MARK_EXPIRED -> new JoinTokenTransition.MarkExpired(hash, from.unknown());
            case TOKEN_MARK_ABORTED -> new JoinTokenTransition.MarkAborted(hash, from.unknown());
            default -> throw from.malformed("not a step of a join token: " + kind);
        };
    }

    static FieldWriter tokens(TokenStateMirror mirror) {
        List<byte[]> tokens = new ArrayList<>();
        for (JoinTokenState token : mirror.tokens()) {
            List<byte[]> steps = new ArrayList<>();
            for (JoinTokenState.Step step : token.history()) {
                steps.add(
                        new FieldWriter()
                                .number(1, step.index())
                                .number(2, step.stampMicros())
                                .number(3, step.lifecycle().code())
                                .message(4, presenter(step.presenter()))
                                .toByteArray());
            }
            tokens.add(
                    new FieldWriter()
                            .bytes(1, token.hash())
                            .number(2, token.lifecycle().code())
                            .number(3, token.expiresAtMicros())
                            .number(4, token.attempt())
                            .message(5, presenter(token.presenter()))
                            .sequence(6, steps)
                            .toByteArray());
        }
        return new FieldWriter().sequence(1, tokens);
    }

    static TokenStateMirror readTokens(ByteBuffer encoded) {
        FieldReader from = new FieldReader("join tokens", encoded);
        List<JoinTokenState> tokens = new ArrayList<>();
        for (ByteBuffer part : from.sequence(1)) {
            FieldReader token = new FieldReader("join token", part);
            Bytes hash = token.bytes(1);
            Lifecycle lifecycle = lifecycle(token, 2);
            long expiresAtMicros = token.number(3);
            int attempt = token.count(4);
            Presenter presenter = readPresenter(token.message(5));
            List<JoinTokenState.Step> steps = new ArrayList<>();
            for (ByteBuffer step : token.sequence(6)) {
                steps.add(readStep(step));
            }
            token.requireAllKnown();
            tokens.add(
                    new JoinTokenState(
                            hash, lifecycle, expiresAtMicros, attempt, presenter, steps));
        }
        from.requireAllKnown();
        return new TokenStateMirror(tokens);
    }

    private static JoinTokenState.Step readStep(ByteBuffer encoded) {
        FieldReader from = new FieldReader("step of a join token", encoded);
        JoinTokenState.Step step =
                new JoinTokenState.Step(
                        from.number(1),
                        from.number(2),
                        lifecycle(from, 3),
                        readPresenter(from.message(4)));
        from.requireAllKnown();
        return step;
    }

    private static Lifecycle lifecycle(FieldReader from, int tag) {
        long code = from.number(tag);
        Lifecycle lifecycle = Lifecycle.ofCode(code);
        if (lifecycle == null) {
            throw from.malformed("there is no state " + code + " of a token");
        }
        return lifecycle;
    }

    private static FieldWriter presenter(@Nullable Presenter presenter) {
        FieldWriter to = new FieldWriter();
        return presenter == null
                ? to
                : to.bytes(1, presenter.spkiSha256())
                        .number(2, presenter.node().value())
                        .number(3, presenter.leaseUntilMicros());
    }

    private static @Nullable Presenter readPresenter(ByteBuffer encoded) {
        if (!encoded.hasRemaining()) {
            return null;
        }
        FieldReader from = new FieldReader("presenter", encoded);
        Presenter presenter = new Presenter(from.bytes(1), from.node(2), from.number(3));
        from.requireAllKnown();
        return presenter;
    }
}
