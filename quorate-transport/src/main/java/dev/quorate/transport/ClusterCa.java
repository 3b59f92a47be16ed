package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;

/// Issues the certificates of one cluster's nodes: ECDSA on P-256, one root, no intermediates.
///
/// Immutable and thread-safe.
public final class ClusterCa {
    /// How long a node's certificate lasts unless something else is asked for.
    public static final Duration LEAF_VALIDITY = Duration.ofDays(30);

    private static final Duration ROOT_VALIDITY = Duration.ofDays(3650);
    // clocks of a cluster differ; a certificate must be valid at once on the slowest
    static final Duration CLOCK_SKEW = Duration.ofHours(1);
    private static final String KEY_FILE = "ca.key";
    private static final String ROOT_FILE = "ca.pem";
    private static final String SCHEME = "spiffe://";
    private static final String NAME = "CN=quorate ";
    private static final KeyUsage AUTHORITY = new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign);
    private static final ExtendedKeyUsage BOTH_ROLES =
            new ExtendedKeyUsage(
                    new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    });

    private final ClusterId cluster;
    private final PrivateKey key;
    private final X509Certificate root;

    private ClusterCa(ClusterId cluster, PrivateKey key, X509Certificate root) {
        this.cluster = cluster;
        this.key = key;
        this.root = root;
    }

    /// Makes a new root for a cluster.
    public static ClusterCa create(ClusterId cluster) {
        KeyPair keys = Certificates.newKeyPair();
        // roots that follow each other have different names: chains are told apart by them
        X500Principal name =
                new X500Principal(
                        NAME
                                + cluster
                                + ", OU="
                                + Certificates.brief(Certificates.spkiSha256(keys.getPublic())));
        try {
            JcaX509v3CertificateBuilder builder =
                    builder(
                            name,
                            name,
                            keys.getPublic(),
                            Instant.now().truncatedTo(ChronoUnit.SECONDS),
                            ROOT_VALIDITY,
                            SCHEME + cluster,
                            Bytes.EMPTY);
            // one authority may stand between root and leaf: the next one, see crossSign
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(1));
            builder.addExtension(Extension.keyUsage, true, AUTHORITY);
            X509Certificate root = sign(builder, keys.getPrivate());
            return new ClusterCa(cluster, keys.getPrivate(), root);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("the root was not made: " + e.getMessage(), e);
        }
    }

    /// Reads what [#save] wrote.
    ///
    /// @throws IOException if a file is missing, damaged, readable by others, or does not belong to
    ///   the other or to this cluster
    public static ClusterCa load(Path directory, ClusterId cluster) throws IOException {
        Path rootFile = directory.resolve(ROOT_FILE);
        PrivateKey key = Certificates.readKey(directory.resolve(KEY_FILE));
        X509Certificate root = Certificates.read(rootFile).getFirst();
        try {
            return of(cluster, key, root);
        } catch (IllegalArgumentException e) {
            throw new IOException("the authority in " + directory + ": " + e.getMessage(), e);
        }
    }

    /// An authority from its parts: one that Quorate made, or any other root on P-256.
    ///
    /// @throws IllegalArgumentException if the key is not the root's, the root may not sign
    ///   certificates, or it was made for another cluster
    static ClusterCa of(ClusterId cluster, PrivateKey key, X509Certificate root) {
        if (!Certificates.isP256(root.getPublicKey())) {
            throw new IllegalArgumentException("the key of the root is not on P-256");
        }
        if (!Certificates.match(key, root.getPublicKey())) {
            throw new IllegalArgumentException("the private key is not the root's");
        }
        if (root.getBasicConstraints() < 0) {
            throw new IllegalArgumentException("the root may not sign certificates");
        }
        String name = root.getSubjectX500Principal().getName(X500Principal.RFC1779);
        if (name.contains(NAME) && !name.contains(NAME + cluster)) {
            throw new IllegalArgumentException("it is not the root of cluster " + cluster);
        }
        return new ClusterCa(cluster, key, root);
    }

    /// Writes `ca.key` (only its owner may read it) and `ca.pem`.
    public void save(Path directory) throws IOException {
        PemFile.writeSecret(directory.resolve(KEY_FILE), Certificates.encode(key));
        PemFile.write(directory.resolve(ROOT_FILE), Certificates.encode(List.of(root)));
    }

    /// Vouches for the authority that follows this one: whoever trusts only this root trusts the
    /// certificates of the next one, too, when they come with this certificate. So a node that was
    /// away when the next authority was staged can come back. Equal arguments give an equal
    /// certificate.
    public X509Certificate crossSign(X509Certificate next) {
        PublicKey open = next.getPublicKey();
        try {
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            JcaX509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            root.getSubjectX500Principal(),
                            Certificates.serial(rootSha256(), Certificates.sha256(next)),
                            next.getNotBefore(),
                            next.getNotAfter(),
                            next.getSubjectX500Principal(),
                            open);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, AUTHORITY);
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    extensions.createSubjectKeyIdentifier(open));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    extensions.createAuthorityKeyIdentifier(root.getPublicKey()));
            return sign(builder, key);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(
                    "the next authority was not vouched for: " + e.getMessage(), e);
        }
    }

    /// The root certificate in those bytes.
    ///
    /// @throws IOException if they are none
    public static X509Certificate parseRoot(Bytes der) throws IOException {
        try {
            return Certificates.decode(der.toByteArray());
        } catch (CertificateException e) {
            throw new IOException("a root cannot be read: " + e.getMessage(), e);
        }
    }

    /// The bytes of a root certificate.
    public static Bytes der(X509Certificate root) {
        try {
            return Bytes.wrap(root.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalStateException("a certificate has no encoding: " + e, e);
        }
    }

    /// The cluster whose nodes this names.
    public ClusterId cluster() {
        return cluster;
    }

    /// The root certificate.
    public X509Certificate root() {
        return root;
    }

    /// SHA-256 of the root certificate: what a join token carries.
    public Bytes rootSha256() {
        return Certificates.sha256(root);
    }

    /// Makes a key and a certificate for a node: for the founder, whose key is made where the root
    /// is.
    public NodeIdentity newIdentity(NodeId node, Duration validity) {
        return newIdentity(node, Certificates.newKeyPair(), validity);
    }

    /// The identity of a node that has its key already.
    public NodeIdentity newIdentity(NodeId node, KeyPair keys, Duration validity) {
        return NodeIdentity.of(
                keys.getPrivate(), List.of(issue(node, keys.getPublic(), validity)), List.of(root));
    }

    /// Issues a certificate for the key in a request, valid from now on. Only the key is taken from
    /// the request: the name is the caller's.
    ///
    /// @param request PKCS#10 in PEM
    /// @throws IllegalArgumentException if the request is damaged, not signed with its own key, or
    ///   its key is not on P-256
    public X509Certificate issue(NodeId node, String request, Duration validity) {
        if (request.length() > PemFile.FILE_BYTES_MAX) {
            throw new IllegalArgumentException("the certificate request is too long");
        }
        List<byte[]> requests = PemFile.decode(Certificates.REQUEST, request);
        if (requests.size() != 1) {
            throw new IllegalArgumentException("one certificate request is needed");
        }
        Bytes der = Bytes.wrap(requests.getFirst());
        return issue(node, CertificateRequest.parse(der).key(), validity);
    }

    /// Issues a certificate for a key, valid from now on.
    ///
    /// @throws IllegalArgumentException if the key is not on P-256
    public X509Certificate issue(NodeId node, PublicKey open, Duration validity) {
        return issue(new NodeName(cluster, node), open, validity);
    }

    /// Issues a certificate for a key, valid from a moment on. Equal arguments give an equal
    /// certificate, byte for byte.
    ///
    /// @throws IllegalArgumentException if the key is not on P-256
    public X509Certificate issue(NodeId node, PublicKey open, Instant from, Duration validity) {
        return issue(new NodeName(cluster, node), open, from, validity, BOTH_ROLES);
    }

    X509Certificate issue(NodeName name, PublicKey open, Duration validity) {
        return issue(name, open, Instant.now(), validity, BOTH_ROLES);
    }

    X509Certificate issue(
            NodeName name,
            PublicKey open,
            Instant from,
            Duration validity,
            ExtendedKeyUsage usage) {
        if (!Certificates.isP256(open)) {
            throw new IllegalArgumentException("only P-256 keys are certified");
        }
        try {
            JcaX509v3CertificateBuilder builder =
                    builder(
                            root.getSubjectX500Principal(),
                            new X500Principal("CN=" + name.node()),
                            open,
                            from.truncatedTo(ChronoUnit.SECONDS),
                            validity,
                            name.uri(),
                            rootSha256());
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, usage);
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    extensions.createAuthorityKeyIdentifier(root.getPublicKey()));
            return sign(builder, key);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(
                    "no certificate for " + name.uri() + ": " + e.getMessage(), e);
        }
    }

    /// The private key: for the other nodes that issue, and for no one else.
    PrivateKey key() {
        return key;
    }

    /// The cluster and the root, never the key.
    @Override
    public String toString() {
        return "ClusterCa[" + cluster + ", " + Certificates.brief(rootSha256()) + "]";
    }

    /// @param issuer names the root that signs; none for the root itself
    private static JcaX509v3CertificateBuilder builder(
            X500Principal issuer,
            X500Principal subject,
            PublicKey open,
            Instant from,
            Duration validity,
            String uri,
            Bytes issuerSha256)
            throws IOException, GeneralSecurityException {
        Instant until = from.plus(validity);
        // from all that is certified: equal certificates have equal serial numbers, and only they
        BigInteger serial =
                Certificates.serial(
                        issuerSha256,
                        Bytes.utf8(uri + " " + from + " " + until),
                        Certificates.spkiSha256(open));
        JcaX509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        issuer,
                        serial,
                        Date.from(from.minus(CLOCK_SKEW)),
                        Date.from(until),
                        subject,
                        open);
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createSubjectKeyIdentifier(open));
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
        return builder;
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        return Certificates.decode(builder.build(LeafSigner.of(key)).getEncoded());
    }
}
