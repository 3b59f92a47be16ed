package dev.quorate.metadata;

import dev.quorate.types.Bytes;

/// A certificate of an authority that signs the certificates of nodes.
///
/// @param der the certificate, DER
/// @param sha256 SHA-256 of `der`, by which it is named; checked when it is applied
public record CaCertificate(Bytes der, Bytes sha256) {
    /// Largest certificate, in bytes.
    public static final int DER_LENGTH_MAX = 16_384;

    public CaCertificate {
        if (der.isEmpty() || der.length() > DER_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a CA certificate has 1.." + DER_LENGTH_MAX + " bytes, not " + der.length());
        }
        Sha256.require("the name of a CA certificate", sha256);
    }

    /// The certificate, named by its hash.
    public static CaCertificate of(Bytes der) {
        return new CaCertificate(der, Sha256.of(der));
    }

    /// Whether the name is that of the bytes.
    boolean isConsistent() {
        return sha256.equals(Sha256.of(der));
    }

    @Override
    public String toString() {
        return "CA " + Sha256.brief(sha256);
    }
}
