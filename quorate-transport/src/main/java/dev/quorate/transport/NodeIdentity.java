package dev.quorate.transport;

import dev.quorate.types.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// What a node proves itself with: its private key, its certificate, and the roots it trusts.
///
/// Immutable. The key never leaves the node and is never shown.
public final class NodeIdentity {
    private static final String DIRECTORY = "tls";
    private static final double RENEWAL_SPREAD = 0.1;
    private static final String KEY_FILE = "node.key";
    private static final String CHAIN_FILE = "node.pem";
    private static final String REQUEST_FILE = "node.csr";
    private static final String ROOTS_FILE = "ca.pem";

    private final PrivateKey key;
    private final List<X509Certificate> chain;
    private final List<X509Certificate> roots;
    private final X509Certificate issuer;
    private final NodeName name;

    private NodeIdentity(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots) {
        this.key = key;
        this.chain = List.copyOf(chain);
        this.roots = List.copyOf(roots);
        this.issuer = issuer(chain, roots);
        this.name = NodeName.of(chain.getFirst());
    }

    /// A new P-256 key for a node.
    public static KeyPair newKeyPair() {
        return Certificates.newKeyPair();
    }

    /// The key in a directory, or a new one that is written there first. Its public half is kept
    /// beside it, for it cannot be had from the private one.
    static KeyPair loadOrCreateKey(Path directory) throws IOException {
        Path tls = directory.resolve(DIRECTORY);
        Path file = tls.resolve(KEY_FILE);
        Path open = tls.resolve(REQUEST_FILE);
        if (Files.exists(file) && Files.exists(open)) {
            PrivateKey secret = Certificates.readKey(file);
            List<byte[]> requests = PemFile.decode(Certificates.REQUEST, PemFile.read(open));
            if (requests.size() != 1) {
                throw new IOException(open + " holds no certificate request");
            }
            try {
                CertificateRequest request =
                        CertificateRequest.parse(Bytes.wrap(requests.getFirst()));
                if (Certificates.match(secret, request.key())) {
                    return new KeyPair(request.key(), secret);
                }
                throw new IOException(open + " was not made with the key in " + file);
            } catch (IllegalArgumentException e) {
                throw new IOException(open + ": " + e.getMessage(), e);
            }
        }
        if (Files.exists(file) && Files.exists(tls.resolve(CHAIN_FILE))) {
            throw new IOException(tls + " holds the key of a node already");
        }
        KeyPair keys = newKeyPair();
        PemFile.writeSecret(file, Certificates.encode(keys.getPrivate()));
        PemFile.write(open, CertificateRequest.of(keys).pem());
        return keys;
    }

    /// A request (PKCS#10, PEM) for a certificate for that key: what a joining node sends.
    public static String newRequest(KeyPair keys) {
        return CertificateRequest.of(keys).pem();
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
        return new NodeIdentity(key, chain, roots);
    }

    /// Reads what [#save] wrote: `tls/node.key`, `tls/node.pem` and `tls/ca.pem`.
    ///
    /// @throws IOException if a file is missing, damaged, readable by others, expired, or does not
    ///   belong to the rest; the message names the file and says what to do
    public static NodeIdentity load(Path directory) throws IOException {
        NodeIdentity identity = loadOfAnyAge(directory);
        if (identity.isExpired(Instant.now())) {
            throw new IOException(
                    directory.resolve(DIRECTORY).resolve(CHAIN_FILE)
                            + " expired on "
                            + identity.notAfter()
                            + ": renew it");
        }
        return identity;
    }

    /// The same, but a certificate that has expired does not matter: its key still proves who the
    /// node is, and so a new one can be had.
    ///
    /// @throws IOException as [#load]
    public static NodeIdentity loadOfAnyAge(Path directory) throws IOException {
        Path tls = directory.resolve(DIRECTORY);
        PrivateKey key = Certificates.readKey(tls.resolve(KEY_FILE));
        List<X509Certificate> chain = Certificates.read(tls.resolve(CHAIN_FILE));
        List<X509Certificate> roots = Certificates.read(tls.resolve(ROOTS_FILE));
        try {
            return of(key, chain, roots);
        } catch (IllegalArgumentException e) {
            throw new IOException("the identity in " + tls + " is unusable: " + e.getMessage(), e);
        }
    }

    /// Writes `tls/node.key` (only its owner may read it), `tls/node.pem` and `tls/ca.pem`.
    public void save(Path directory) throws IOException {
        Path tls = directory.resolve(DIRECTORY);
        PemFile.writeSecret(tls.resolve(KEY_FILE), Certificates.encode(key));
        PemFile.write(tls.resolve(CHAIN_FILE), Certificates.encode(chain));
        PemFile.write(tls.resolve(ROOTS_FILE), Certificates.encode(roots));
    }

    /// The same key with another certificate and other roots.
    ///
    /// @throws IllegalArgumentException if they do not belong together
    public NodeIdentity with(List<X509Certificate> nextChain, List<X509Certificate> nextRoots) {
        return of(key, nextChain, nextRoots);
    }

    /// A request for another certificate for the same key.
    public CertificateRequest request() {
        return CertificateRequest.of(new KeyPair(chain.getFirst().getPublicKey(), key));
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

    /// When the certificate began.
    public Instant notBefore() {
        return chain.getFirst().getNotBefore().toInstant();
    }

    /// When the certificate should be renewed: at two thirds of its life, or a little earlier.
    ///
    /// @param jitter 0 to 1; different on each node, so that they do not all renew at once
    public Instant renewAt(double jitter) {
        // what was allowed for clocks that go slow is no part of its life
        Instant issued = notBefore().plus(ClusterCa.CLOCK_SKEW);
        Instant from = issued.isBefore(notAfter()) ? issued : notBefore();
        double share = 2.0 / 3 - RENEWAL_SPREAD * jitter;
        return from.plusMillis((long) (Duration.between(from, notAfter()).toMillis() * share));
    }

    /// Whether the certificate is of no use any more.
    public boolean isExpired(Instant now) {
        return notAfter().isBefore(now);
    }

    /// SHA-256 of the root that issued the certificate.
    public Bytes issuerSha256() {
        return Certificates.sha256(issuer);
    }

    /// The root that issued the certificate.
    public X509Certificate issuer() {
        return issuer;
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
        return Certificates.spkiSha256(certificate.getPublicKey());
    }

    /// The name and the end, never the key.
    @Override
    public String toString() {
        return "NodeIdentity[" + name.uri() + ", until " + notAfter() + "]";
    }

    private static X509Certificate issuer(
            List<X509Certificate> chain, List<X509Certificate> roots) {
        // a certificate between leaf and root need not be used: the leaf comes first
        for (X509Certificate issued : chain) {
            for (X509Certificate root : roots) {
                try {
                    issued.verify(root.getPublicKey());
                    return root;
                } catch (GeneralSecurityException e) {
                    // not this root: the next one may have signed it
                }
            }
        }
        throw new IllegalArgumentException("none of the roots issued the certificate");
    }
}
