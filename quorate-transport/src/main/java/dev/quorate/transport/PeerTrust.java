package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Decides whether a certificate is a peer's: chain, name, cluster and pinned key.
///
/// As a trust manager it judges the handshake; [#peerOf] judges again once the connection is
/// active, because a resumed TLS session never asks a trust manager. Thread-safe.
final class PeerTrust extends X509ExtendedTrustManager {
    /// Waits for a refusal; called inside the handshake, so it must only take note.
    @FunctionalInterface
    interface Verdict {
        void given(Refused refused);
    }

    private static final String VERDICT = "dev.quorate.transport.verdict";
    private static final String ON_VERDICT = "dev.quorate.transport.on-verdict";
    // the JDK's checks of key usage accept it for any key exchange; TLS 1.3 names none
    private static final String ANY_KEY_EXCHANGE = "UNKNOWN";

    private final X509TrustManager chains;
    private final ClusterId cluster;
    private final NodeId self;
    private final Pins pins;
    private final @Nullable NodeId expected;

    private PeerTrust(
            X509TrustManager chains,
            ClusterId cluster,
            NodeId self,
            Pins pins,
            @Nullable NodeId expected) {
        this.chains = chains;
        this.cluster = cluster;
        this.self = self;
        this.pins = pins;
        this.expected = expected;
    }

    /// Trusts every pinned node of the cluster whose chain leads to one of `roots`.
    static PeerTrust of(List<X509Certificate> roots, LinksOptions options) {
        return new PeerTrust(pkix(roots), options.cluster(), options.self(), options.pins(), null);
    }

    /// The same, but only for one node.
    PeerTrust expecting(NodeId node) {
        return new PeerTrust(chains, cluster, self, pins, node);
    }

    /// Who is at the other end of an active connection.
    ///
    /// @throws Refused if it must not be there
    NodeId peerOf(SSLEngine engine) throws Refused {
        Certificate[] chain;
        try {
            chain = engine.getSession().getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            throw new Refused(RefusalCode.UNTRUSTED, "it showed no certificate");
        }
        X509Certificate[] certificates = new X509Certificate[chain.length];
        for (int i = 0; i < chain.length; i++) {
            certificates[i] = (X509Certificate) chain[i];
        }
        return judge(certificates, engine.getUseClientMode());
    }

    /// Why the handshake on this engine was refused by us, or null if it was not.
    static @Nullable Refused verdict(@Nullable SSLEngine engine) {
        return engine != null && engine.getSession().getValue(VERDICT) instanceof Refused refused
                ? refused
                : null;
    }

    /// Has `told` called as soon as the handshake on this engine is refused by us. TLS itself fails
    /// only when the peer's next packet comes, which may be seconds later or never.
    static void onVerdict(SSLEngine engine, Verdict told) {
        engine.getSession().putValue(ON_VERDICT, told);
    }

    /// Whether a node may be here at all, by its name and key.
    private void admit(NodeId node, Bytes key) throws Refused {
        if (node.equals(self)) {
            throw new Refused(RefusalCode.NAME, "it calls itself " + node + ", which is this node");
        }
        Bytes pin;
        try {
            pin = pins.pinOf(node);
        } catch (RuntimeException e) {
            throw new Refused(RefusalCode.INTERNAL, "the pin of " + node + " is not known: " + e);
        }
        if (pin == null) {
            throw new Refused(
                    RefusalCode.UNKNOWN_NODE,
                    node + " is not a node of this cluster, or its identity was revoked");
        }
        if (!pin.equals(key)) {
            throw new Refused(
                    RefusalCode.WRONG_KEY, node + " shows another key than the one pinned to it");
        }
    }

    private NodeId judge(X509Certificate[] chain, boolean ofServer) throws Refused {
        try {
            if (ofServer) {
                chains.checkServerTrusted(chain, ANY_KEY_EXCHANGE);
            } else {
                chains.checkClientTrusted(chain, ANY_KEY_EXCHANGE);
            }
        } catch (CertificateException | RuntimeException e) {
            throw new Refused(
                    RefusalCode.UNTRUSTED, "its certificate is not trusted: " + innermost(e));
        }
        NodeName name;
        try {
            name = NodeName.of(chain[0]);
        } catch (IllegalArgumentException e) {
            throw new Refused(RefusalCode.NAME, "its certificate names no node: " + e.getMessage());
        }
        if (!name.cluster().equals(cluster)) {
            throw new Refused(
                    RefusalCode.CLUSTER,
                    "it belongs to cluster " + name.cluster() + ", this is cluster " + cluster);
        }
        if (expected != null && !expected.equals(name.node())) {
            throw new Refused(
                    RefusalCode.NAME, name.node() + " answered where " + expected + " should be");
        }
        admit(name.node(), NodeIdentity.spkiSha256(chain[0]));
        return name.node();
    }

    private void judge(X509Certificate[] chain, SSLEngine engine) throws Refused {
        try {
            judge(chain, engine.getUseClientMode());
        } catch (Refused refused) {
            // TLS carries no more than an alert; the sentence is fetched from here by verdict()
            SSLSession session = engine.getSession();
            session.putValue(VERDICT, refused);
            if (session.getValue(ON_VERDICT) instanceof Verdict waiting) {
                waiting.given(refused);
            }
            throw refused;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        judge(chain, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        judge(chain, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        judge(chain, false);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        judge(chain, true);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        judge(chain, false);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        judge(chain, true);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }

    private static String innermost(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause.getCause() != null && depth < 16; depth++) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static X509TrustManager pkix(List<X509Certificate> roots) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < roots.size(); i++) {
                store.setCertificateEntry("root" + i, roots.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    return x509;
                }
            }
            throw new IllegalStateException("this JDK has no X.509 trust manager");
        } catch (GeneralSecurityException | java.io.IOException e) {
            throw new IllegalStateException("the cluster's roots cannot be used: " + e, e);
        }
    }
}
