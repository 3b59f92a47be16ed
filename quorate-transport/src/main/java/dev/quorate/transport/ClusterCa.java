package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
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
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/// Issues the certificates of one cluster's nodes: ECDSA on P-256, one root, no intermediates.
///
/// Immutable and thread-safe.
public final class ClusterCa {
    /// How long a node's certificate lasts unless something else is asked for.
    public static final Duration LEAF_VALIDITY = Duration.ofDays(30);

    private static final Duration ROOT_VALIDITY = Duration.ofDays(3650);
    // clocks of a cluster differ; a certificate must be valid at once on the slowest
    private static final Duration CLOCK_SKEW = Duration.ofHours(1);
    private static final String KEY_FILE = "ca.key";
    private static final String ROOT_FILE = "ca.pem";
    private static final String SCHEME = "spiffe://";

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
        X500Principal name = new X500Principal("CN=quorate " + cluster);
        try {
            JcaX509v3CertificateBuilder builder =
                    builder(name, name, keys.getPublic(), ROOT_VALIDITY, SCHEME + cluster);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
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
        if (!Certificates.match(key, root.getPublicKey())) {
            throw new IOException(directory.resolve(KEY_FILE) + " is not the key of " + rootFile);
        }
        String expected = "CN=quorate " + cluster;
        if (!root.getSubjectX500Principal().equals(new X500Principal(expected))) {
            throw new IOException(rootFile + " is not the root of cluster " + cluster);
        }
        return new ClusterCa(cluster, key, root);
    }

    /// Writes `ca.key` (only its owner may read it) and `ca.pem`.
    public void save(Path directory) throws IOException {
        PemFile.writeSecret(directory.resolve(KEY_FILE), Certificates.encode(key));
        PemFile.write(directory.resolve(ROOT_FILE), Certificates.encode(List.of(root)));
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
        try {
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(root.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the root has no digest: " + e, e);
        }
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

    /// Issues a certificate for the key in a request. Only the key is taken from the request: the
    /// name is the caller's.
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
        try {
            JcaPKCS10CertificationRequest parsed =
                    new JcaPKCS10CertificationRequest(requests.getFirst());
            PublicKey open = parsed.getPublicKey();
            if (!parsed.isSignatureValid(new JcaContentVerifierProviderBuilder().build(open))) {
                throw new IllegalArgumentException("the request is not signed with its own key");
            }
            return issue(node, open, validity);
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException e) {
            throw new IllegalArgumentException(
                    "the certificate request cannot be read: " + e.getMessage(), e);
        }
    }

    /// Issues a certificate for a key.
    ///
    /// @throws IllegalArgumentException if the key is not on P-256
    public X509Certificate issue(NodeId node, PublicKey open, Duration validity) {
        return issue(new NodeName(cluster, node), open, validity);
    }

    X509Certificate issue(NodeName name, PublicKey open, Duration validity) {
        if (!Certificates.isP256(open)) {
            throw new IllegalArgumentException("only P-256 keys are certified");
        }
        try {
            JcaX509v3CertificateBuilder builder =
                    builder(
                            root.getSubjectX500Principal(),
                            new X500Principal("CN=" + name.node()),
                            open,
                            validity,
                            name.uri());
            JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                            }));
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

    private static JcaX509v3CertificateBuilder builder(
            X500Principal issuer,
            X500Principal subject,
            PublicKey open,
            Duration validity,
            String uri)
            throws IOException, GeneralSecurityException {
        Instant now = Instant.now();
        BigInteger serial = Certificates.newSerial();
        JcaX509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        issuer,
                        serial,
                        Date.from(now.minus(CLOCK_SKEW)),
                        Date.from(now.plus(validity)),
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
        return Certificates.decode(
                builder.build(new JcaContentSignerBuilder(Certificates.SIGNATURE).build(key))
                        .getEncoded());
    }
}
