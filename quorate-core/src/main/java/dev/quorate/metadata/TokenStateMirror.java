package dev.quorate.metadata;

import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All join tokens as group 0 has committed them: equal on every node, so that any leader can judge
/// a token that another one handed out.
///
/// @param tokens in the order in which they were registered
public record TokenStateMirror(List<JoinTokenState> tokens) {
    /// No tokens.
    public static final TokenStateMirror EMPTY = new TokenStateMirror(List.of());

    /// Tokens that are remembered; the longest spent ones make place for new ones.
    public static final int TOKENS_MAX = 1024;

    public TokenStateMirror {
        tokens = List.copyOf(tokens);
        if (tokens.size() > TOKENS_MAX) {
            throw new IllegalArgumentException("too many tokens: " + tokens.size());
        }
        Set<Bytes> hashes = new HashSet<>();
        for (JoinTokenState token : tokens) {
            if (!hashes.add(token.hash())) {
                throw new IllegalArgumentException("a token is listed twice");
            }
        }
    }

    /// The token, or null when it was never registered or is forgotten.
    public @Nullable JoinTokenState token(Bytes hash) {
        for (JoinTokenState token : tokens) {
            if (token.hash().equals(hash)) {
                return token;
            }
        }
        return null;
    }

    /// Whether the node is one that presented a token and has not arrived yet.
    public boolean isAwaited(NodeId node) {
        for (JoinTokenState token : tokens) {
            JoinTokenState.Presenter presenter = token.presenter();
            if (presenter != null && !token.isSpent() && presenter.node().equals(node)) {
                return true;
            }
        }
        return false;
    }

    /// The token that the key has presented and is still bound to, or null.
    public @Nullable JoinTokenState boundTo(Bytes spkiSha256) {
        for (JoinTokenState token : tokens) {
            if (token.isBoundTo(spkiSha256)) {
                return token;
            }
        }
        return null;
    }

    /// The key for which a token has reserved the node id; empty when none has.
    Bytes keyReserving(NodeId node) {
        for (JoinTokenState token : tokens) {
            JoinTokenState.Presenter presenter = token.presenter();
            if (presenter != null && presenter.node().equals(node)) {
                return presenter.spkiSha256();
            }
        }
        return Bytes.EMPTY;
    }

    /// With the token replaced, or added.
    TokenStateMirror with(JoinTokenState token) {
        List<JoinTokenState> next = new ArrayList<>(tokens);
        for (int i = 0; i < next.size(); i++) {
            if (next.get(i).hash().equals(token.hash())) {
                next.set(i, token);
                return new TokenStateMirror(next);
            }
        }
        next.add(token);
        return new TokenStateMirror(next);
    }

    /// With place for one more token; null when all are still in use.
    @Nullable TokenStateMirror withRoom(long stampMicros) {
        if (tokens.size() < TOKENS_MAX) {
            return this;
        }
        JoinTokenState oldest = null;
        for (JoinTokenState token : tokens) {
            boolean over = token.lifecycle() == Lifecycle.ISSUED && token.isExpired(stampMicros);
            boolean first = oldest == null || token.lastIndex() < oldest.lastIndex();
            if ((token.isSpent() || over) && first) {
                oldest = token;
            }
        }
        if (oldest == null) {
            return null;
        }
        List<JoinTokenState> next = new ArrayList<>(tokens);
        next.remove(oldest);
        return new TokenStateMirror(next);
    }
}
