package dev.quorate.node.identity;

import dev.quorate.api.Outcome;
import dev.quorate.enrolment.CertificateDesk;
import dev.quorate.enrolment.EnrolmentDecision;
import dev.quorate.enrolment.EnrolmentDecision.Issue;
import dev.quorate.enrolment.EnrolmentDecision.Propose;
import dev.quorate.enrolment.EnrolmentDecision.Refuse;
import dev.quorate.enrolment.TokenDesk;
import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.CaTrustChange;
import dev.quorate.metadata.JoinTokenState;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.types.Bytes;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a node's certificates as group 0 wants them, on a thread of its own.
///
/// The thread is a virtual one, so that an interrupt ends what it waits for, sockets included.
/// Level-triggered: each look compares what is with what should be and takes the next step, so that
/// it does not matter what was missed or where a step failed.
final class IdentityKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityKeeper.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final long RETRY_NANOS_MIN = TimeUnit.SECONDS.toNanos(2);
    private static final long RETRY_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);
    private static final int CHORES_MAX = 32;

    private final KeeperParts parts;
    private final double jitter;
    private final Thread thread;
    private final Semaphore news = new Semaphore(0);
    private final ConcurrentLinkedQueue<CompletableFuture<NodeIdentity>> wanted =
            new ConcurrentLinkedQueue<>();
    private final Set<Bytes> reserved = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile String trouble = "";
    private long retryNanos = RETRY_NANOS_MIN;
    private long quietUntilNanos = System.nanoTime();
    private long fetchAfterNanos = quietUntilNanos;

    /// @param random spreads the renewals of a cluster that was made in one moment
    IdentityKeeper(KeeperParts parts, RandomGenerator random) {
        this.parts = parts;
        jitter = random.nextDouble();
        thread = Thread.ofVirtual().name("quorate-identity").unstarted(this::run);
    }

    /// Begins to look.
    void start() {
        thread.start();
    }

    /// Looks soon: something changed. Any thread; returns at once.
    void nudge() {
        news.release();
    }

    /// What keeps the certificates from being as they should; empty when nothing does.
    String trouble() {
        return trouble;
    }

    /// When the certificate will be renewed by itself.
    Instant renewAt() {
        return parts.identity().now().renewAt(jitter);
    }

    /// Renews now. Done with the new identity, or with why there is none.
    CompletableFuture<NodeIdentity> renew() {
        CompletableFuture<NodeIdentity> done = new CompletableFuture<>();
        wanted.add(done);
        nudge();
        if (closed) {
            done.completeExceptionally(new IOException("this node is stopping"));
        }
        return done;
    }

    /// Keeps an authority's key although group 0 does not trust it yet: it is about to be staged.
    void reserve(Bytes rootSha256) {
        reserved.add(rootSha256);
    }

    /// Ends what [#reserve] began.
    void release(Bytes rootSha256) {
        reserved.remove(rootSha256);
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (var left = wanted.poll(); left != null; left = wanted.poll()) {
            left.completeExceptionally(new IOException("this node is stopping"));
        }
    }

    private void run() {
        while (!closed) {
            look();
            try {
                if (news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                // closing, or somebody else's business: the loop looks which
            }
        }
    }

    private void look() {
        MetadataView view = parts.groupZero().view();
        CompletableFuture<NodeIdentity> asked = wanted.poll();
        try {
            if (view.founded()) {
                keepIssuers(view);
            }
            renewIfDue(view, asked);
            if (view.founded()) {
                trust(view);
                tell(CertificateDesk.report(view, parts.self(), used().issuerSha256()));
                if (parts.groupZero().leads()) {
                    chores(view);
                }
            }
            trouble = "";
            retryNanos = RETRY_NANOS_MIN;
        } catch (IOException | RuntimeException e) {
            if (asked != null) {
                asked.completeExceptionally(e);
            }
            failed(e);
        }
    }

    private void failed(Exception failure) {
        String sentence = String.valueOf(failure.getMessage());
        if (closed) {
            return;
        }
        if (!sentence.equals(trouble)) {
            LOG.warn("The certificates of this node are not as they should be: {}", sentence);
            LOG.debug("because of", failure);
        }
        trouble = sentence;
        quietUntilNanos = System.nanoTime() + retryNanos;
        retryNanos = Math.min(2 * retryNanos, RETRY_NANOS_MAX);
    }

    private NodeIdentity used() {
        return parts.identity().now();
    }

    /// Holds the keys of the authorities that are trusted, if this node issues certificates, and no
    /// others.
    private void keepIssuers(MetadataView view) throws IOException {
        List<Bytes> trusted = view.trust().trusted().stream().map(CaCertificate::sha256).toList();
        if (!trusted.isEmpty()) {
            for (Bytes held : parts.issuers().held()) {
                if (!trusted.contains(held) && !reserved.contains(held)) {
                    LOG.info("The key of authority {} is deleted: it is not trusted", hex(held));
                    parts.issuers().discard(held);
                }
            }
        }
        for (Bytes root : trusted) {
            boolean missing = parts.issuers().find(root) == null;
            if (missing
                    && System.nanoTime() - fetchAfterNanos >= 0
                    && CertificateDesk.issuerRefusal(view, parts.self(), root).isEmpty()) {
                ClusterCa fetched = parts.doors().issuer(view, used(), root);
                if (fetched == null) {
                    fetchAfterNanos = System.nanoTime() + RETRY_NANOS_MIN;
                } else {
                    parts.issuers().keep(fetched);
                    LOG.info("This node issues certificates of authority {}", hex(root));
                }
            }
        }
    }

    private void renewIfDue(MetadataView view, @Nullable CompletableFuture<NodeIdentity> asked)
            throws IOException {
        CaCertificate signer = view.trust().signer();
        boolean outdated = signer != null && !signer.sha256().equals(used().issuerSha256());
        boolean due = outdated || !Instant.now().isBefore(renewAt());
        if (asked == null && (!due || System.nanoTime() - quietUntilNanos < 0)) {
            return;
        }
        NodeIdentity next = next(view);
        adopt(next);
        LOG.info("The certificate was renewed: {}", next);
        if (asked != null) {
            asked.complete(next);
        }
    }

    /// Another certificate: from this node's own authority if it has one, or from another node.
    private NodeIdentity next(MetadataView view) throws IOException {
        NodeIdentity now = used();
        long micros = RegistrationOffice.nowMicros();
        if (!view.founded()) {
            // whoever comes back after a long time knows no more than its files
            NodeIdentity own = parts.renewedAlone(now);
            return own == null ? parts.doors().renewal(view, now) : own;
        }
        EnrolmentDecision decision =
                CertificateDesk.renew(view, micros, parts.self(), now.spkiSha256());
        return switch (decision) {
            case Refuse(_, String sentence) -> throw new IOException(sentence);
            case Propose _ -> throw new IllegalStateException("a renewal changes nothing");
            case Issue issue -> {
                List<X509Certificate> chain = parts.office().certify(view, issue, now.request());
                yield chain == null
                        ? parts.doors().renewal(view, now)
                        : now.with(chain, RegistrationOffice.roots(view));
            }
        };
    }

    /// Trusts the roots that group 0 trusts, but never so that its own certificate is worth
    /// nothing: that one must be renewed first.
    private void trust(MetadataView view) throws IOException {
        List<X509Certificate> roots = RegistrationOffice.roots(view);
        if (roots.isEmpty() || roots.equals(used().roots())) {
            return;
        }
        try {
            adopt(used().with(used().chain(), roots));
            LOG.info("Trusted authorities: {}", view.trust().trusted());
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "the certificate in use is of an authority that is trusted no more", e);
        }
    }

    /// On disk first: a node that shows a certificate must still have it after a crash.
    private void adopt(NodeIdentity next) throws IOException {
        next.save(parts.directory());
        parts.identity().replace(next);
    }

    /// What the leader of group 0 sees to.
    private void chores(MetadataView view) throws IOException {
        if (view.trust().issuer() == null) {
            tell(new CaTrustChange.Establish(CaCertificate.of(ClusterCa.der(used().issuer()))));
        }
        int left = CHORES_MAX;
        for (JoinTokenState token : view.tokens().tokens()) {
            JoinTokenState.Presenter presenter = token.presenter();
            if (presenter != null && left > 0 && parts.groupZero().linked(presenter.node())) {
                MetadataEntry arrival = TokenDesk.arrival(view, presenter.node());
                left -= arrival == null ? 0 : 1;
                tell(arrival);
            }
        }
        // by log time as this node knows it; the log has the last word
        for (MetadataEntry entry : TokenDesk.overdue(view, RegistrationOffice.nowMicros())) {
            if (left-- > 0) {
                tell(entry);
            }
        }
    }

    private void tell(@Nullable MetadataEntry entry) {
        if (entry == null) {
            return;
        }
        Outcome outcome = parts.groupZero().propose(entry);
        if (!(outcome instanceof Outcome.Applied(var position, _, _, _))) {
            LOG.debug("{} was not applied: {}", entry, outcome);
            return;
        }
        parts.groupZero().await(position.index(), LOOK);
    }

    private static String hex(Bytes hash) {
        return HexFormat.of().formatHex(hash.toByteArray(), 0, 8);
    }
}
