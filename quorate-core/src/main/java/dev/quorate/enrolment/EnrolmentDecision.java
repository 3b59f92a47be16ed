package dev.quorate.enrolment;

import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.types.NodeId;

/// What to do for somebody who asks for a certificate.
public sealed interface EnrolmentDecision {
    /// Group 0 must decide first: propose this, wait until it is applied here, and decide again.
    record Propose(MetadataEntry entry) implements EnrolmentDecision {}

    /// Group 0 has decided: hand the certificate out.
    ///
    /// @param fromMicros when it begins, in microseconds since the epoch; the same for everyone who
    ///   issues it, so that it is the same certificate
    /// @param signer the authority that signs
    record Issue(NodeId node, long fromMicros, CaCertificate signer) implements EnrolmentDecision {}

    /// No.
    ///
    /// @param sentence why, for whoever asks; says nothing that only members may know
    record Refuse(Again again, String sentence) implements EnrolmentDecision {}

    /// Whether asking again makes sense.
    enum Again {
        /// It never will be granted.
        NEVER,
        /// It may be granted later.
        LATER,
    }
}
