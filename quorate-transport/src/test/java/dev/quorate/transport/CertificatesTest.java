package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.ClusterId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Certificates: made, written, read back, and refused with a sentence when something is off.
class CertificatesTest {
    private static final ClusterId CLUSTER = new ClusterId(3, 4);

    @TempDir Path directory;
    private final ClusterCa ca = ClusterCa.create(CLUSTER);

    @Test
    void identityComesBackFromItsFilesAndTheKeyIsItsOwnersAlone() throws IOException {
        NodeIdentity identity = ca.newIdentity(N2, DAY);
        identity.save(directory);
        NodeIdentity loaded = NodeIdentity.load(directory);
        assertThat(loaded.name()).isEqualTo(new NodeName(CLUSTER, N2));
        assertThat(loaded.chain()).isEqualTo(identity.chain());
        assertThat(loaded.roots()).containsExactly(ca.root());
        assertThat(loaded.spkiSha256()).isEqualTo(identity.spkiSha256());
        Path key = directory.resolve("tls/node.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        assertThat(identity.toString()).doesNotContainIgnoringCase("key");
    }

    @Test
    void rootComesBackFromItsFilesAndGoesOnIssuing() throws Exception {
        ca.save(directory);
        ClusterCa loaded = ClusterCa.load(directory, CLUSTER);
        assertThat(loaded.rootSha256()).isEqualTo(ca.rootSha256());
        loaded.newIdentity(N2, DAY).chain().getFirst().verify(ca.root().getPublicKey());
        assertThatThrownBy(() -> ClusterCa.load(directory, new ClusterId(9, 9)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not the root of cluster");
    }

    @Test
    void requestGetsACertificateForItsKeyAndTheCallersName() throws Exception {
        KeyPair keys = NodeIdentity.newKeyPair();
        // a request has no name that counts
        String request = NodeIdentity.newRequest(keys);
        X509Certificate leaf = ca.issue(N2, request, Duration.ofDays(3));
        assertThat(NodeName.of(leaf)).isEqualTo(new NodeName(CLUSTER, N2));
        assertThat(leaf.getPublicKey()).isEqualTo(keys.getPublic());
        assertThat(NodeIdentity.of(keys.getPrivate(), List.of(leaf), List.of(ca.root())).name())
                .isEqualTo(new NodeName(CLUSTER, N2));
    }

    @Test
    void requestThatIsDamagedOrNotSignedByItsKeyIsRefused() {
        KeyPair keys = NodeIdentity.newKeyPair();
        String request = NodeIdentity.newRequest(keys);
        byte[] der = PemFile.decode(Certificates.REQUEST, request).getFirst();
        der[der.length - 1] ^= 1;
        String forged = PemFile.encode(Certificates.REQUEST, der);
        assertThatThrownBy(() -> ca.issue(N2, forged, DAY))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ca.issue(N2, "nonsense", DAY))
                .hasMessage("one certificate request is needed");
    }

    @Test
    void nextAuthorityIsTrustedByWhoeverTrustsOnlyTheOldOneIfThatOneVouchesForIt()
            throws Exception {
        ClusterCa next = ClusterCa.create(CLUSTER);
        X509Certificate leaf = next.newIdentity(N2, DAY).chain().getFirst();
        X509Certificate cross = ca.crossSign(next.root());
        X509Certificate[] chain = {leaf, cross};
        PeerTrust.pkix(List.of(ca.root())).checkServerTrusted(chain, "UNKNOWN");
        PeerTrust.pkix(List.of(next.root())).checkServerTrusted(chain, "UNKNOWN");
        PeerTrust.pkix(List.of(ca.root(), next.root())).checkClientTrusted(chain, "UNKNOWN");
        assertThat(ca.crossSign(next.root())).isEqualTo(cross);
        X509Certificate[] alone = {leaf};
        assertThatThrownBy(() ->
                        PeerTrust.pkix(List.of(ca.root())).checkServerTrusted(alone, "UNKNOWN"))
                .isInstanceOf(CertificateException.class);
    }

    @Test
    void certificateIsTheSameWhoeverIssuesItAgain() throws Exception {
        ca.save(directory);
        ClusterCa other = ClusterCa.load(directory, CLUSTER);
        KeyPair keys = NodeIdentity.newKeyPair();
        Instant from = Instant.parse("2026-05-01T12:00:00Z");
        assertThat(other.issue(N2, keys.getPublic(), from, DAY))
                .isEqualTo(ca.issue(N2, keys.getPublic(), from, DAY));
        assertThat(ca.issue(N2, keys.getPublic(), from.plusSeconds(1), DAY).getSerialNumber())
                .isNotEqualTo(ca.issue(N2, keys.getPublic(), from, DAY).getSerialNumber());
    }

    @Test
    void renewalIsDueAtTwoThirdsOfTheLifeOrALittleEarlier() {
        KeyPair keys = NodeIdentity.newKeyPair();
        Instant from = Instant.parse("2026-05-01T00:00:00Z");
        NodeIdentity identity =
                NodeIdentity.of(
                        keys.getPrivate(),
                        List.of(ca.issue(N2, keys.getPublic(), from, Duration.ofDays(30))),
                        List.of(ca.root()));
        assertThat(identity.renewAt(0)).isEqualTo(from.plus(Duration.ofDays(20)));
        assertThat(identity.renewAt(1)).isEqualTo(from.plus(Duration.ofDays(17)));
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> NodeIdentity.load(directory))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("tls/node.key does not exist");
    }

    @Test
    void keyThatOthersMayReadIsNotUsed() throws IOException {
        ca.newIdentity(N2, DAY).save(directory);
        Path key = directory.resolve("tls/node.key");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> NodeIdentity.load(directory))
                .hasMessageContaining("may be read by others (rw-r--r--)");
    }

    @Test
    void filesThatDoNotBelongTogetherAreRefused() throws IOException {
        ca.newIdentity(N2, DAY).save(directory);
        NodeIdentity other = ClusterCa.create(CLUSTER).newIdentity(N2, DAY);
        Path chain = directory.resolve("tls/node.pem");
        Files.writeString(chain, Certificates.encode(other.chain()));
        assertThatThrownBy(() -> NodeIdentity.load(directory))
                .hasMessageContaining("the private key is not the certificate's");
        Files.writeString(directory.resolve("tls/node.key"), Certificates.encode(other.key()));
        assertThatThrownBy(() -> NodeIdentity.load(directory))
                .hasMessageContaining("none of the roots issued the certificate");
        Files.writeString(chain, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
        assertThatThrownBy(() -> NodeIdentity.load(directory))
                .hasMessageContaining("node.pem holds a damaged certificate");
    }

    @Test
    void expiredCertificateIsNotLoaded() throws IOException {
        ca.newIdentity(N2, Duration.ofMinutes(-1)).save(directory);
        assertThatThrownBy(() -> NodeIdentity.load(directory)).hasMessageContaining("expired on");
    }

    @Test
    void nodeNameHasOneSpelling() {
        NodeName name = new NodeName(CLUSTER, N2);
        assertThat(NodeName.parse(name.uri())).isEqualTo(name);
        for (String wrong :
                List.of(
                        name.uri() + "/x",
                        name.uri().replace("/2", "/02"),
                        name.uri().replace("spiffe", "https"),
                        "spiffe://" + CLUSTER + "/node/-1",
                        "spiffe://x/node/1",
                        "")) {
            assertThatThrownBy(() -> NodeName.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
