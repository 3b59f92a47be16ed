package dev.quorate.enrolment;

import dev.quorate.enrolment.EnrolmentDecision.Again;
import dev.quorate.enrolment.EnrolmentDecision.Issue;
import dev.quorate.enrolment.EnrolmentDecision.Propose;
import dev.quorate.enrolment.EnrolmentDecision.Refuse;
import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.JoinTokenState;
import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenState.Presenter;
import dev.quorate.metadata.JoinTokenTransition;
import dev.quorate.metadata.KeyOwner;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides what becomes of a join token that is presented (rule R23).
///
/// Pure, and it remembers nothing: any node may ask it, after any crash. What it says is a proposal
/// at most; group 0's log decides between presenters, and a certificate is handed out only when the
/// log has.
public final class TokenDesk {
    /// How long a presenter has the token for itself, in microseconds of log time. Long enough to
    /// start a node and say hello; after that, another key may have the token.
    public static final long LEASE_MICROS = 10 * 60 * 1_000_000L;

    private TokenDesk() {}

    /// What to do with a token that is presented.
    ///
    /// @param nowMicros the wall clock, in microseconds since the epoch
    public static EnrolmentDecision present(MetadataView view, long nowMicros, Claim claim) {
        long now = Math.max(nowMicros, view.stampMicros());
        JoinTokenState token = view.tokens().token(claim.tokenHash());
        CaCertificate signer = view.trust().signer();
        if (token == null) {
            return new Refuse(Again.NEVER, "this cluster has issued no such join token");
        }
        if (signer == null) {
            return new Refuse(Again.NEVER, "this cluster has no certificate authority");
        }
        Presenter presenter = token.presenter();
        if (presenter != null && presenter.spkiSha256().equals(claim.spkiSha256())) {
            return again(view, token, presenter, signer);
        }
        return switch (token.lifecycle()) {
            case CONSUMED -> new Refuse(Again.NEVER, "the join token was used");
            case ABORTED -> new Refuse(Again.NEVER, "the join token was withdrawn");
            case EXPIRED -> new Refuse(Again.NEVER, "the join token has expired");
            case ISSUED, IN_FLIGHT -> bind(view, now, token, claim);
        };
    }

    /// The entry that settles a token whose presenter has arrived, or null if there is none: to be
    /// proposed by any node that has exchanged hello with `arrived`.
    public static @Nullable MetadataEntry arrival(MetadataView view, NodeId arrived) {
        for (JoinTokenState token : view.tokens().tokens()) {
            Presenter presenter = token.presenter();
            if (token.lifecycle() == Lifecycle.IN_FLIGHT
                    && presenter != null
                    && presenter.node().equals(arrived)) {
                return new JoinTokenTransition.MarkConsumed(
                        token.hash(), presenter.spkiSha256(), arrived);
            }
        }
        return null;
    }

    /// Entries that clear up after tokens whose time, or whose presenter's time, is over.
    ///
    /// @param nowMicros the wall clock, in microseconds since the epoch
    public static List<MetadataEntry> overdue(MetadataView view, long nowMicros) {
        List<MetadataEntry> entries = new ArrayList<>();
        for (JoinTokenState token : view.tokens().tokens()) {
            Presenter presenter = token.presenter();
            if (token.isSpent() || leased(presenter, nowMicros)) {
                continue;
            }
            if (token.isExpired(nowMicros)) {
                entries.add(
                        givingUp(
                                view,
                                presenter,
                                new JoinTokenTransition.MarkExpired(token.hash())));
            } else if (presenter != null) {
                entries.add(
                        givingUp(
                                view,
                                presenter,
                                new JoinTokenTransition.RevertInFlight(
                                        token.hash(), presenter.spkiSha256())));
            }
        }
        return entries;
    }

    /// The entry that withdraws a token; whoever presented it and has not arrived is turned away.
    public static MetadataEntry withdrawal(MetadataView view, Bytes tokenHash) {
        JoinTokenState token = view.tokens().token(tokenHash);
        Presenter presenter = token == null || token.isSpent() ? null : token.presenter();
        return givingUp(view, presenter, new JoinTokenTransition.MarkAborted(tokenHash));
    }

    private static boolean leased(@Nullable Presenter presenter, long now) {
        return presenter != null && now < presenter.leaseUntilMicros();
    }

    /// The key that holds the token asks once more: it crashed, or the answer was lost.
    private static EnrolmentDecision again(
            MetadataView view, JoinTokenState token, Presenter presenter, CaCertificate signer) {
        NodeId owner =
                switch (view.ownerOf(presenter.spkiSha256())) {
                    case KeyOwner.Member(NodeId node) -> node;
                    case KeyOwner.Arriving(NodeId node, Bytes _) -> node;
                    case KeyOwner.Revoked _, KeyOwner.Stranger _ -> null;
                };
        if (!presenter.node().equals(owner)) {
            return new Refuse(
                    Again.NEVER, "the key was revoked, or its node has left: make a new key");
        }
        return new Issue(presenter.node(), boundAtMicros(token, presenter), signer);
    }

    /// Log time at which the token was bound to its presenter.
    private static long boundAtMicros(JoinTokenState token, Presenter presenter) {
        for (JoinTokenState.Step step : token.history()) {
            Presenter then = step.presenter();
            if (step.lifecycle() == Lifecycle.IN_FLIGHT
                    && then != null
                    && then.spkiSha256().equals(presenter.spkiSha256())) {
                return step.stampMicros();
            }
        }
        return token.history().getLast().stampMicros();
    }

    private static EnrolmentDecision bind(
            MetadataView view, long now, JoinTokenState token, Claim claim) {
        Presenter before = token.presenter();
        if (token.isExpired(now)) {
            return new Refuse(Again.NEVER, "the join token has expired");
        }
        if (!(view.ownerOf(claim.spkiSha256()) instanceof KeyOwner.Stranger)) {
            return new Refuse(Again.NEVER, "the key was used before: make a new one");
        }
        if (leased(before, now)) {
            return new Refuse(
                    Again.LATER,
                    "the join token is held by another key, which has not arrived yet");
        }
        NodeId next = new NodeId(view.topology().nextNodeId());
        List<MetadataEntry> entries = new ArrayList<>();
        entries.add(
                new JoinTokenTransition.BeginInFlight(
                        token.hash(), new Presenter(claim.spkiSha256(), next, now + LEASE_MICROS)));
        if (before != null && isJoining(view, before.node())) {
            entries.add(new TopologyChange.Leave(before.node()));
        }
        // its addresses, so that peers can call it back and it can take part in links at once
        entries.add(new TopologyChange.Join(claim.node(next)));
        return new Propose(new MetadataEntry.Batch(entries));
    }

    private static MetadataEntry givingUp(
            MetadataView view, @Nullable Presenter presenter, MetadataEntry step) {
        return presenter != null && isJoining(view, presenter.node())
                ? new MetadataEntry.Batch(List.of(step, new TopologyChange.Leave(presenter.node())))
                : step;
    }

    private static boolean isJoining(MetadataView view, NodeId node) {
        return view.topology().stateOf(node) == NodeState.JOINING;
    }
}
