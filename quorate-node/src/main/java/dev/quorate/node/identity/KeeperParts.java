package dev.quorate.node.identity;

import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.IssuerStore;
import dev.quorate.transport.LiveIdentity;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.types.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a keeper works with.
///
/// @param directory the node's
/// @param validity how long the certificates last that this node issues
record KeeperParts(
        Path directory,
        LiveIdentity identity,
        IssuerStore issuers,
        GroupZero groupZero,
        Doors doors,
        RegistrationOffice office,
        Duration validity) {
    NodeId self() {
        return identity.now().name().node();
    }

    /// The identity with a new certificate of the same authority, if its key is here.
    @Nullable NodeIdentity renewedAlone(NodeIdentity now) {
        return renewedAlone(now, issuers, validity);
    }

    static @Nullable NodeIdentity renewedAlone(
            NodeIdentity now, IssuerStore issuers, Duration validity) {
        ClusterCa authority = issuers.find(now.issuerSha256());
        return authority == null
                ? null
                : now.with(
                        List.of(
                                authority.issue(
                                        now.name().node(),
                                        now.request().key(),
                                        Instant.now(),
                                        validity)),
                        now.roots());
    }
}
