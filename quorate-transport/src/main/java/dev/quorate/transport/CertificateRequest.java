package dev.quorate.transport;

import dev.quorate.types.Bytes;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// A request for a certificate (PKCS#10): a public key, and the proof that whoever asks holds its
/// other half. Nothing else in it counts; the name in the certificate is the issuer's decision.
///
/// @param key on P-256
/// @param der the request as it was signed
public record CertificateRequest(PublicKey key, Bytes der) {
    /// Largest request that is read, in bytes; ours have about 250.
    public static final int BYTES_MAX = 4096;

    /// A request for that key.
    public static CertificateRequest of(KeyPair keys) {
        try {
            byte[] der =
                    new JcaPKCS10CertificationRequestBuilder(
                                    new X500Principal("CN=quorate"), keys.getPublic())
                            .build(
                                    new JcaContentSignerBuilder(Certificates.SIGNATURE)
                                            .build(keys.getPrivate()))
                            .getEncoded();
            return new CertificateRequest(keys.getPublic(), Bytes.wrap(der));
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("the key signs no request: " + e.getMessage(), e);
        }
    }

    /// Reads a request. Total: any bytes give a request or an exception with a sentence.
    ///
    /// @throws IllegalArgumentException if it is too long, damaged, not signed with its own key, or
    ///   its key is not on P-256
    public static CertificateRequest parse(Bytes der) {
        if (der.length() > BYTES_MAX) {
            throw new IllegalArgumentException("the certificate request is too long");
        }
        try {
            JcaPKCS10CertificationRequest parsed =
                    new JcaPKCS10CertificationRequest(der.toByteArray());
            PublicKey key = parsed.getPublicKey();
            if (!Certificates.isP256(key)) {
                throw new IllegalArgumentException("only P-256 keys are certified");
            }
            if (!parsed.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IllegalArgumentException("the request is not signed with its own key");
            }
            return new CertificateRequest(key, der);
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException e) {
            throw unreadable(e);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            // BouncyCastle meets some damage with other exceptions
            throw unreadable(e);
        }
    }

    /// What is pinned to whoever holds the key.
    public Bytes spkiSha256() {
        return Certificates.spkiSha256(key);
    }

    /// The request in PEM.
    public String pem() {
        return PemFile.encode(Certificates.REQUEST, der.toByteArray());
    }

    private static IllegalArgumentException unreadable(Exception e) {
        return new IllegalArgumentException(
                "the certificate request cannot be read: " + e.getMessage(), e);
    }
}
