package dev.quorate.node.identity;

import dev.quorate.api.Outcome;
import dev.quorate.enrolment.CertificateDesk;
import dev.quorate.enrolment.Claim;
import dev.quorate.enrolment.EnrolmentDecision;
import dev.quorate.enrolment.EnrolmentDecision.Again;
import dev.quorate.enrolment.EnrolmentDecision.Issue;
import dev.quorate.enrolment.EnrolmentDecision.Propose;
import dev.quorate.enrolment.EnrolmentDecision.Refuse;
import dev.quorate.enrolment.TokenDesk;
import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.WireRange;
import dev.quorate.transport.CertificateRequest;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.EnrolmentReply;
import dev.quorate.transport.EnrolmentReply.Issued;
import dev.quorate.transport.EnrolmentReply.Issuer;
import dev.quorate.transport.EnrolmentReply.Peer;
import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.EnrolmentRequest;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.EnrolmentRequest.FetchIssuer;
import dev.quorate.transport.EnrolmentRequest.Present;
import dev.quorate.transport.EnrolmentRequest.Renew;
import dev.quorate.transport.IssuerStore;
import dev.quorate.transport.JoinToken;
import dev.quorate.transport.Registrar;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Answers those who ask this node for a certificate: has group 0 decide, waits until the decision
/// is applied here, and only then signs. Any node with the authority's key may do so, for it is the
/// log that decides between presenters, not whoever they asked.
///
/// Thread-safe; its methods wait.
final class RegistrationOffice implements Registrar {
    private static final int ATTEMPTS_MAX = 8;
    private static final Duration APPLIED_WAIT = Duration.ofSeconds(5);
    private static final Duration REJECTED_WAIT = Duration.ofMillis(200);
    private static final long TURN_SECONDS_MAX = 15;

    private final GroupZero groupZero;
    private final IssuerStore issuers;
    private final Duration validity;
    // one presentation at a time: most of a crowd is then refused without asking the log
    private final ReentrantLock turn = new ReentrantLock(/* fair= */ true);

    RegistrationOffice(GroupZero groupZero, IssuerStore issuers, Duration validity) {
        this.groupZero = groupZero;
        this.issuers = issuers;
        this.validity = validity;
    }

    @Override
    public EnrolmentReply answer(@Nullable NodeId caller, EnrolmentRequest request) {
        if (!groupZero.view().founded()) {
            return elsewhere("this node does not know its cluster yet");
        }
        try {
            return switch (request) {
                case Present present -> inTurn(present);
                case Renew renew -> renew(renew);
                case FetchIssuer fetch -> issuer(caller, fetch);
            };
        } catch (IOException e) {
            return new Refusal(Retry.LATER, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Refusal(Retry.LATER, "this node is stopping");
        }
    }

    /// A certificate for a key that group 0 has decided to be a node's.
    ///
    /// @return null if the authority's key is not here
    @Nullable List<X509Certificate> certify(
            MetadataView view, Issue decision, CertificateRequest request) {
        ClusterCa authority = issuers.find(decision.signer().sha256());
        if (authority == null) {
            return null;
        }
        Instant from = Instant.EPOCH.plus(decision.fromMicros(), ChronoUnit.MICROS);
        X509Certificate leaf = authority.issue(decision.node(), request.key(), from, validity);
        CaCertificate old = view.trust().issuer();
        ClusterCa before = old == null ? null : issuers.find(old.sha256());
        // during a change, nodes that were away know nothing of the next authority
        return before == null || before.rootSha256().equals(authority.rootSha256())
                ? List.of(leaf)
                : List.of(leaf, before.crossSign(authority.root()));
    }

    /// The roots that group 0 trusts.
    ///
    /// @throws IOException if one of them is no certificate
    static List<X509Certificate> roots(MetadataView view) throws IOException {
        List<X509Certificate> roots = new ArrayList<>();
        for (CaCertificate trusted : view.trust().trusted()) {
            roots.add(ClusterCa.parseRoot(trusted.der()));
        }
        return roots;
    }

    /// `host:port` of a node's enrolment door; empty if it has none.
    static String door(NodeInfo node) {
        return node.addresses().getOrDefault("enrol", node.linksAddress());
    }

    private EnrolmentReply inTurn(Present present) throws InterruptedException, IOException {
        if (!turn.tryLock(TURN_SECONDS_MAX, TimeUnit.SECONDS)) {
            return new Refusal(Retry.LATER, "too many present join tokens at once");
        }
        try {
            return present(present);
        } finally {
            turn.unlock();
        }
    }

    private EnrolmentReply present(Present present) throws IOException {
        Claim claim = claim(present);
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            MetadataView view = groupZero.view();
            EnrolmentDecision decision = TokenDesk.present(view, nowMicros(), claim);
            switch (decision) {
                case Issue issue -> {
                    return issued(view, issue, present.request(), peers(view));
                }
                case Refuse refuse -> {
                    boolean behind =
                            view.tokens().token(claim.tokenHash()) == null && !groupZero.leads();
                    return behind
                            ? elsewhere("this node does not know that join token yet")
                            : refusal(refuse);
                }
                case Propose(MetadataEntry entry) -> {
                    if (signerIsElsewhere(view)) {
                        return elsewhere("this node issues no certificates");
                    }
                    Refusal failed = propose(view, entry);
                    if (failed != null) {
                        return failed;
                    }
                }
            }
        }
        return new Refusal(Retry.LATER, "too many nodes join at once");
    }

    /// Has the log decide, and waits until this node knows how.
    private @Nullable Refusal propose(MetadataView seen, MetadataEntry entry) {
        switch (groupZero.propose(entry)) {
            case Outcome.Applied(var position, _, _, _) ->
                    groupZero.await(position.index(), APPLIED_WAIT);
            case Outcome.Rejected refused when refused.code() != Outcome.Code.REFUSED -> {
                return new Refusal(Retry.LATER, refused.sentence());
            }
            // somebody was faster, or nobody knows: look again
            case Outcome.Rejected _, Outcome.Unknown _ ->
                    groupZero.await(seen.index() + 1, REJECTED_WAIT);
        }
        return null;
    }

    private EnrolmentReply renew(Renew renew) throws IOException {
        MetadataView view = groupZero.view();
        EnrolmentDecision decision =
                CertificateDesk.renew(
                        view, nowMicros(), renew.node(), renew.request().spkiSha256());
        return switch (decision) {
            case Issue issue -> issued(view, issue, renew.request(), List.of());
            case Refuse refuse -> refusal(refuse);
            case Propose _ -> throw new IllegalStateException("a renewal changes nothing");
        };
    }

    private EnrolmentReply issuer(@Nullable NodeId caller, FetchIssuer fetch) {
        if (caller == null) {
            return new Refusal(Retry.NEVER, "an authority's key is not given to strangers");
        }
        String why = CertificateDesk.issuerRefusal(groupZero.view(), caller, fetch.rootSha256());
        if (!why.isEmpty()) {
            return new Refusal(Retry.LATER, why);
        }
        ClusterCa authority = issuers.find(fetch.rootSha256());
        return authority == null
                ? elsewhere("this node does not hold that authority's key")
                : new Issuer(authority);
    }

    private EnrolmentReply issued(
            MetadataView view, Issue issue, CertificateRequest request, List<Peer> peers)
            throws IOException {
        List<X509Certificate> chain = certify(view, issue, request);
        return chain == null
                ? elsewhere("this node issues no certificates")
                : new Issued(issue.node(), chain, roots(view), peers);
    }

    private boolean signerIsElsewhere(MetadataView view) {
        CaCertificate signer = view.trust().signer();
        return signer != null && issuers.find(signer.sha256()) == null;
    }

    private static List<Peer> peers(MetadataView view) {
        List<Peer> peers = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            if (!view.isRevoked(node.id())) {
                peers.add(new Peer(node.id(), node.spkiPin(), node.linksAddress(), door(node)));
            }
        }
        return peers;
    }

    private static Claim claim(Present present) {
        Announcement announced = present.announcement();
        return new Claim(
                JoinToken.hashOf(present.secret()),
                present.request().spkiSha256(),
                announced.links(),
                announced.client(),
                announced.addresses(),
                announced.labels(),
                new WireRange(announced.wireMin(), announced.wireMax()));
    }

    private static Refusal refusal(Refuse refuse) {
        return new Refusal(
                refuse.again() == Again.NEVER ? Retry.NEVER : Retry.LATER, refuse.sentence());
    }

    private static Refusal elsewhere(String sentence) {
        return new Refusal(Retry.ELSEWHERE, sentence);
    }

    /// The wall clock, in microseconds since the epoch.
    static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
