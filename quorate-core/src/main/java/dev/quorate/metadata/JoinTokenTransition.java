package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;

/// A step in the life of a join token (rule R23). Group 0 knows a token by its hash only; the
/// secret never comes near it.
///
/// ```
///            Register            BeginInFlight              MarkConsumed
///  (absent) ─────────► Issued ─────────────────► InFlight ───────────────► Consumed
///                        ▲      RevertInFlight,     │ ▲
///                        └──────────────────────────┘ │ BeginInFlight with another key,
///                               once the lease is over└─ once the lease is over
///  Issued, InFlight ── MarkExpired ─► Expired      Issued, InFlight ── MarkAborted ─► Aborted
/// ```
///
/// Whenever a token leaves InFlight other than to Consumed, the key that it was bound to is revoked
/// in the same entry: a certificate may be on its way.
public sealed interface JoinTokenTransition extends MetadataEntry {
    /// SHA-256 of the token's secret.
    Bytes tokenHash();

    /// The token may be presented until it expires.
    ///
    /// @param expiresAtMicros log time, in microseconds since the epoch
    record Register(Bytes tokenHash, long expiresAtMicros, UnknownFields unknown)
            implements JoinTokenTransition {
        public Register {
            Sha256.require("a token hash", tokenHash);
            GroupInfo.requireNotNegative("expiry", expiresAtMicros);
        }

        /// An entry of this build's making.
        public Register(Bytes tokenHash, long expiresAtMicros) {
            this(tokenHash, expiresAtMicros, UnknownFields.NONE);
        }
    }

    /// Somebody presented the token: it is bound to the presenter's key, for whom a node id is
    /// reserved. The presenter may be given its certificate once this is applied; presenting again
    /// with the same key prolongs the lease and changes nothing else.
    ///
    /// @param presenter the key to be certified, and the node id it is for: the one that is
    ///   reserved already, or else the next one ([ClusterTopology#nextNodeId()])
    record BeginInFlight(Bytes tokenHash, JoinTokenState.Presenter presenter, UnknownFields unknown)
            implements JoinTokenTransition {
        public BeginInFlight {
            Sha256.require("a token hash", tokenHash);
        }

        /// An entry of this build's making.
        public BeginInFlight(Bytes tokenHash, JoinTokenState.Presenter presenter) {
            this(tokenHash, presenter, UnknownFields.NONE);
        }
    }

    /// The presenter has said hello with its certificate.
    record MarkConsumed(Bytes tokenHash, Bytes spkiSha256, NodeId node, UnknownFields unknown)
            implements JoinTokenTransition {
        public MarkConsumed {
            Sha256.require("a token hash", tokenHash);
            Sha256.require("a key pin", spkiSha256);
        }

        /// An entry of this build's making.
        public MarkConsumed(Bytes tokenHash, Bytes spkiSha256, NodeId node) {
            this(tokenHash, spkiSha256, node, UnknownFields.NONE);
        }
    }

    /// The presenter's lease is over and it has not been heard of: its key is revoked and the token
    /// may be presented again.
    ///
    /// @param spkiSha256 the key that the token is bound to, as the proposer saw it
    record RevertInFlight(Bytes tokenHash, Bytes spkiSha256, UnknownFields unknown)
            implements JoinTokenTransition {
        public RevertInFlight {
            Sha256.require("a token hash", tokenHash);
            Sha256.require("a key pin", spkiSha256);
        }

        /// An entry of this build's making.
        public RevertInFlight(Bytes tokenHash, Bytes spkiSha256) {
            this(tokenHash, spkiSha256, UnknownFields.NONE);
        }
    }

    /// The token's time is over. Rejected before it is, by log time.
    record MarkExpired(Bytes tokenHash, UnknownFields unknown) implements JoinTokenTransition {
        public MarkExpired {
            Sha256.require("a token hash", tokenHash);
        }

        /// An entry of this build's making.
        public MarkExpired(Bytes tokenHash) {
            this(tokenHash, UnknownFields.NONE);
        }
    }

    /// The token is withdrawn.
    record MarkAborted(Bytes tokenHash, UnknownFields unknown) implements JoinTokenTransition {
        public MarkAborted {
            Sha256.require("a token hash", tokenHash);
        }

        /// An entry of this build's making.
        public MarkAborted(Bytes tokenHash) {
            this(tokenHash, UnknownFields.NONE);
        }
    }
}
