package dev.quorate.transport;

import dev.quorate.types.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// What a node proves itself with: its private key, its certificate, and the roots it trusts.
///
/// Immutable. The key never leaves the node and is never shown.
public final class NodeIdentity {
    private static final String DIRECTORY = "tls";
    private static final String KEY_FILE = "node.key";
    private static final String CHAIN_FILE = "node.pem";
    private static final String ROOTS_FILE = "ca.pem";

    private final PrivateKey key;
    private final List<X509Certificate> chain;
    private final List<X509Certificate> roots;
    private final NodeName name;

    private NodeIdentity(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots) {
        this.key = key;
        this.chain = List.copyOf(chain);
        this.roots = List.copyOf(roots);
        this.name = NodeName.of(chain.getFirst());
    }

    /// A new P-256 key for a node.
    public static KeyPair newKeyPair() {
        return Certificates.newKeyPair();
    }

    /// A request (PKCS#10, PEM) for a certificate for that key: what a joining node sends.
    public static String newRequest(KeyPair keys, NodeName name) {
        try {
            byte[] der =
                    new JcaPKCS10CertificationRequestBuilder(
                                    new X500Principal("CN=" + name.node()), keys.getPublic())
                            .build(
                                    new JcaContentSignerBuilder(Certificates.SIGNATURE)
                                            .build(keys.getPrivate()))
                            .getEncoded();
            return PemFile.encode(Certificates.REQUEST, der);
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("the key signs no request: " + e.getMessage(), e);
        }
    }

    /// Puts an identity together.
    ///
    /// @param chain the node's certificate first
    /// @throws IllegalArgumentException if the parts do not belong together, in a sentence
    public static NodeIdentity of(
            PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots) {
        if (chain.isEmpty() || roots.isEmpty()) {
            throw new IllegalArgumentException("an identity needs a certificate and a root");
        }
        if (!Certificates.match(key, chain.getFirst().getPublicKey())) {
            throw new IllegalArgumentException("the private key is not the certificate's");
        }
        requireIssued(chain, roots);
        return new NodeIdentity(key, chain, roots);
    }

    /// Reads what [#save] wrote: `tls/node.key`, `tls/node.pem` and `tls/ca.pem`.
    ///
    /// @throws IOException if a file is missing, damaged, readable by others, expired, or does not
    ///   belong to the rest; the message names the file and says what to do
    public static NodeIdentity load(Path directory) throws IOException {
        Path tls = directory.resolve(DIRECTORY);
        PrivateKey key = Certificates.readKey(tls.resolve(KEY_FILE));
        List<X509Certificate> chain = Certificates.read(tls.resolve(CHAIN_FILE));
        List<X509Certificate> roots = Certificates.read(tls.resolve(ROOTS_FILE));
        NodeIdentity identity;
        try {
            identity = of(key, chain, roots);
        } catch (IllegalArgumentException e) {
            throw new IOException("the identity in " + tls + " is unusable: " + e.getMessage(), e);
        }
        if (identity.notAfter().isBefore(Instant.now())) {
            throw new IOException(
                    tls.resolve(CHAIN_FILE) + " expired on " + identity.notAfter() + ": renew it");
        }
        return identity;
    }

    /// Writes `tls/node.key` (only its owner may read it), `tls/node.pem` and `tls/ca.pem`.
    public void save(Path directory) throws IOException {
        Path tls = directory.resolve(DIRECTORY);
        PemFile.writeSecret(tls.resolve(KEY_FILE), Certificates.encode(key));
        PemFile.write(tls.resolve(CHAIN_FILE), Certificates.encode(chain));
        PemFile.write(tls.resolve(ROOTS_FILE), Certificates.encode(roots));
    }

    /// Which node of which cluster this is.
    public NodeName name() {
        return name;
    }

    /// What is pinned to the node: SHA-256 of the public key's SubjectPublicKeyInfo.
    public Bytes spkiSha256() {
        return spkiSha256(chain.getFirst());
    }

    /// When the certificate ends.
    public Instant notAfter() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    /// The certificate first, then what leads to a root.
    public List<X509Certificate> chain() {
        return chain;
    }

    /// What this node trusts.
    public List<X509Certificate> roots() {
        return roots;
    }

    PrivateKey key() {
        return key;
    }

    static Bytes spkiSha256(X509Certificate certificate) {
        try {
            byte[] spki = certificate.getPublicKey().getEncoded();
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(spki));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    /// The name and the end, never the key.
    @Override
    public String toString() {
        return "NodeIdentity[" + name.uri() + ", until " + notAfter() + "]";
    }

    private static void requireIssued(List<X509Certificate> chain, List<X509Certificate> roots) {
        X509Certificate last = chain.getLast();
        for (X509Certificate root : roots) {
            try {
                last.verify(root.getPublicKey());
                return;
            } catch (GeneralSecurityException e) {
                // not this root: the next one may have signed it
            }
        }
        throw new IllegalArgumentException("none of the roots issued the certificate");
    }
}
