package dev.quorate.node.identity;

import dev.quorate.api.Outcome;
import dev.quorate.enrolment.TokenDesk;
import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.CaTrustChange;
import dev.quorate.metadata.JoinTokenState;
import dev.quorate.metadata.JoinTokenTransition;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.node.directory.KnownPeer;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.EnrolmentDoor;
import dev.quorate.transport.IssuerStore;
import dev.quorate.transport.JoinToken;
import dev.quorate.transport.LiveIdentity;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.transport.Pins;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Certificates, authorities, join tokens and revocations of the cluster, as one of its nodes keeps
/// them and as operators change them. Thread-safe; methods that change something wait for group 0.
public final class ClusterSecurity implements AutoCloseable {
    private static final Duration APPLIED_WAIT = Duration.ofSeconds(5);
    private static final Duration RENEWAL_WAIT = Duration.ofMinutes(2);
    private static final Duration TOKEN_MIN = Duration.ofSeconds(1);
    private static final Duration TOKEN_MAX = Duration.ofDays(365);
    private static final int SEEDS_MAX = 8;

    private final GroupZero groupZero;
    private final LiveIdentity identity;
    private final IssuerStore issuers;
    private final IdentityKeeper keeper;
    private final EnrolmentDoor door;

    private ClusterSecurity(
            GroupZero groupZero,
            LiveIdentity identity,
            IssuerStore issuers,
            IdentityKeeper keeper,
            EnrolmentDoor door) {
        this.groupZero = groupZero;
        this.identity = identity;
        this.issuers = issuers;
        this.keeper = keeper;
        this.door = door;
    }

    /// How a node takes part in the keeping of certificates.
    ///
    /// @param directory the node's
    /// @param bind where others enrol (TCP)
    /// @param validity how long the certificates last that this node issues
    /// @param peers to ask while group 0 has said nothing yet
    public record Settings(
            Path directory, InetSocketAddress bind, Duration validity, List<KnownPeer> peers) {}

    /// Opens the enrolment door and begins to keep the certificates.
    ///
    /// @throws java.io.UncheckedIOException if the door's address cannot be bound
    public static ClusterSecurity start(
            Settings settings,
            LiveIdentity identity,
            IssuerStore issuers,
            Pins pins,
            GroupZero groupZero) {
        RegistrationOffice office = new RegistrationOffice(groupZero, issuers, settings.validity());
        NodeId self = identity.now().name().node();
        KeeperParts parts =
                new KeeperParts(
                        settings.directory(),
                        identity,
                        issuers,
                        groupZero,
                        new Doors(self, pins, settings.peers()),
                        office,
                        settings.validity());
        IdentityKeeper keeper = new IdentityKeeper(parts, new SecureRandom());
        EnrolmentDoor door = EnrolmentDoor.start(settings.bind(), identity, pins, office);
        keeper.start();
        return new ClusterSecurity(groupZero, identity, issuers, keeper, door);
    }

    /// The identity with a new certificate of the same authority, for a node that comes back with
    /// an expired one; null if the authority's key is not there.
    public static @Nullable NodeIdentity renewedAlone(
            NodeIdentity expired, IssuerStore issuers, Duration validity) {
        return KeeperParts.renewedAlone(expired, issuers, validity);
    }

    /// Something of group 0 or of the links changed. Returns at once.
    public void nudge() {
        keeper.nudge();
    }

    /// What keeps the certificates from being as they should; empty when nothing does.
    public String trouble() {
        Instant end = identity.now().notAfter();
        // trouble that time may heal is none yet
        return keeper.trouble().isEmpty() || !identity.now().isExpired(Instant.now())
                ? ""
                : "the certificate expired on " + end + ": " + keeper.trouble();
    }

    /// Where others enrol.
    public InetSocketAddress doorAddress() {
        return door.address();
    }

    /// What there is to say about certificates.
    public SecurityReport report() {
        MetadataView view = groupZero.view();
        return new SecurityReport(
                SecurityView.certificate(identity.now(), keeper.renewAt()),
                SecurityView.trust(view, issuers.held()),
                SecurityView.revoked(view),
                keeper.trouble());
    }

    /// All join tokens that group 0 remembers.
    public List<SecurityReport.Token> tokens() {
        return SecurityView.tokens(groupZero.view());
    }

    /// Renews this node's certificate now.
    ///
    /// @throws SecurityRefused if there is none to be had
    public NodeIdentity renew() {
        try {
            return keeper.renew().get(RENEWAL_WAIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new SecurityRefused(
                    "The certificate was not renewed: " + cause.getMessage() + ".", e);
        } catch (TimeoutException e) {
            throw new SecurityRefused("Nobody renewed the certificate in time.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SecurityRefused("Interrupted.", e);
        }
    }

    /// Begins to replace the authority: from here on the next one is trusted, too, and every node
    /// has its certificate reissued by it.
    ///
    /// @param brought a directory with `ca.key` and `ca.pem`; null to make a new authority
    /// @return SHA-256 of the staged root
    public Bytes stageAuthority(@Nullable Path brought) {
        ClusterId cluster = identity.now().name().cluster();
        CaCertificate staged = groupZero.view().trust().staged();
        if (staged != null && brought == null) {
            throw new SecurityRefused(
                    staged + " is staged already; finalize or abandon that change first.");
        }
        ClusterCa next = ClusterCa.create(cluster);
        try {
            next = brought == null ? next : ClusterCa.load(brought, cluster);
            keeper.reserve(next.rootSha256());
            issuers.keep(next);
        } catch (IOException e) {
            throw new SecurityRefused("No authority was staged: " + e.getMessage() + ".", e);
        }
        try {
            commit(
                    new CaTrustChange.Stage(CaCertificate.of(ClusterCa.der(next.root()))),
                    "No authority was staged");
            return next.rootSha256();
        } finally {
            keeper.release(next.rootSha256());
        }
    }

    /// Ends the change of the authority: the old one is trusted no more.
    ///
    /// @throws SecurityRefused unless every node has had its certificate reissued
    public void finalizeAuthority() {
        commit(
                new CaTrustChange.Finalize(stagedHash()),
                "The change of the authority was not finalized");
    }

    /// Gives the change of the authority up; nodes return to the old one.
    public void abandonAuthority() {
        commit(
                new CaTrustChange.Abandon(stagedHash()),
                "The change of the authority was not abandoned");
    }

    /// Denies a node's key for ever. Its links end as soon as each node has applied that.
    ///
    /// @param care whether a group may be left without a majority of its voters
    public void revoke(NodeId node, String reason, DenyNode.Care care) {
        NodeId self = identity.now().name().node();
        if (node.equals(self)) {
            throw new SecurityRefused("Ask another node to revoke this one.");
        }
        List<NodeId> silent =
                groupZero.view().topology().nodes().stream()
                        .map(NodeInfo::id)
                        .filter(other -> !other.equals(self) && !other.equals(node))
                        .filter(other -> !groupZero.linked(other))
                        .toList();
        commit(new DenyNode(node, reason, silent, care), node + " was not revoked");
    }

    /// Makes a join token. Only here is its secret ever to be seen.
    ///
    /// @param lasts how long it may be presented
    public JoinToken createToken(Duration lasts) {
        if (lasts.compareTo(TOKEN_MIN) < 0 || lasts.compareTo(TOKEN_MAX) > 0) {
            throw new SecurityRefused("A join token lasts from a second to a year.");
        }
        MetadataView view = groupZero.view();
        List<Bytes> authorities = new ArrayList<>();
        for (CaCertificate trusted : view.trust().trusted()) {
            authorities.add(trusted.sha256());
        }
        List<String> seeds = seeds(view);
        if (authorities.isEmpty() || seeds.isEmpty()) {
            throw new SecurityRefused("This node does not know its cluster yet.");
        }
        Instant expiry = Instant.now().plus(lasts);
        JoinToken token =
                JoinToken.create(identity.now().name().cluster(), expiry, authorities, seeds);
        commit(
                new JoinTokenTransition.Register(
                        token.hash(), ChronoUnit.MICROS.between(Instant.EPOCH, token.expiry())),
                "No join token was made");
        return token;
    }

    /// Withdraws a join token; whoever has presented it and has not arrived is turned away.
    ///
    /// @param id the token's hash in hexadecimal, or enough of its first digits
    public void revokeToken(String id) {
        MetadataView view = groupZero.view();
        List<JoinTokenState> found =
                view.tokens().tokens().stream()
                        .filter(token -> SecurityView.hex(token.hash()).startsWith(id))
                        .toList();
        if (id.isEmpty() || found.size() != 1) {
            throw new SecurityRefused(
                    found.isEmpty() || id.isEmpty()
                            ? "There is no join token " + id + "."
                            : id + " names " + found.size() + " join tokens; give more digits.");
        }
        commit(
                TokenDesk.withdrawal(view, found.getFirst().hash()),
                "The join token was not withdrawn");
    }

    @Override
    public void close() {
        door.close();
        keeper.close();
    }

    private Bytes stagedHash() {
        CaCertificate staged = groupZero.view().trust().staged();
        if (staged == null) {
            throw new SecurityRefused("No change of the authority is under way.");
        }
        return staged.sha256();
    }

    private List<String> seeds(MetadataView view) {
        List<String> seeds = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            String address = RegistrationOffice.door(node);
            if (!address.isEmpty() && !view.isRevoked(node.id()) && seeds.size() < SEEDS_MAX) {
                seeds.add(address);
            }
        }
        return seeds;
    }

    private void commit(MetadataEntry entry, String otherwise) {
        switch (groupZero.propose(entry)) {
            case Outcome.Applied(var position, _, _, _) ->
                    groupZero.await(position.index(), APPLIED_WAIT);
            case Outcome.Rejected refused ->
                    throw new SecurityRefused(otherwise + ": " + refused.sentence() + ".");
            case Outcome.Unknown(String sentence) ->
                    throw new SecurityRefused(
                            otherwise
                                    + ", or perhaps it was: "
                                    + sentence
                                    + ". Look, and try again.");
        }
        keeper.nudge();
    }
}
