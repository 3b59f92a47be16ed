package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
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

    /// How a peer that is here already stands with what is known now.
    enum Standing {
        /// It would be let in again.
        GOOD,
        /// It is who it says, but its certificate has expired or its root is no longer trusted.
        STALE
    }

    private record Roots(List<X509Certificate> certificates, X509TrustManager manager) {}

    // id-kp-serverAuth and id-kp-clientAuth (RFC 5280 §4.2.1.12)
    private static final List<String> BOTH_ROLES =
            List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    private static final String VERDICT = "dev.quorate.transport.verdict";
    private static final String ON_VERDICT = "dev.quorate.transport.on-verdict";
    // the JDK's checks of key usage accept it for any key exchange; TLS 1.3 names none
    static final String ANY_KEY_EXCHANGE = "UNKNOWN";

    private final Supplier<X509TrustManager> chains;
    private final ClusterId cluster;
    private final NodeId self;
    private final Pins pins;
    private final @Nullable NodeId expected;

    private PeerTrust(
            Supplier<X509TrustManager> chains,
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

    /// Trusts every pinned node of this node's cluster whose chain leads to one of the roots that
    /// this node trusts when it is asked.
    static PeerTrust of(LiveIdentity identity, Pins pins) {
        AtomicReference<Roots> known = new AtomicReference<>(roots(identity.now().roots()));
        Supplier<X509TrustManager> chains =
                () -> {
                    List<X509Certificate> wanted = identity.now().roots();
                    Roots roots = known.get();
                    if (!roots.certificates().equals(wanted)) {
                        roots = roots(wanted);
                        known.set(roots);
                    }
                    return roots.manager();
                };
        NodeName self = identity.now().name();
        return new PeerTrust(chains, self.cluster(), self.node(), pins, null);
    }

    /// The same, but only for one node.
    PeerTrust expecting(NodeId node) {
        return new PeerTrust(chains, cluster, self, pins, node);
    }

    /// Who is at the other end of an active connection.
    ///
    /// @throws Refused if it must not be there
    NodeId peerOf(SSLEngine engine) throws Refused {
        return peerOf(engine.getSession(), engine.getUseClientMode());
    }

    /// Who is at the other end of a TLS session.
    ///
    /// @param ofServer whether the other end is the server
    /// @throws Refused if it must not be there
    NodeId peerOf(SSLSession session, boolean ofServer) throws Refused {
        return judge(shown(session), ofServer);
    }

    /// How the other end of an open connection stands with pins and roots as they are now.
    ///
    /// @throws Refused if it must go at once: revoked, removed, or another key was pinned
    Standing standing(SSLEngine engine) throws Refused {
        X509Certificate[] chain = shown(engine.getSession());
        name(chain);
        try {
            requireIssued(chain, engine.getUseClientMode());
            return Standing.GOOD;
        } catch (Refused stale) {
            return Standing.STALE;
        }
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
        String gone;
        try {
            pin = pins.pinOf(node);
            gone = pin == null ? pins.whyGone(node, key) : null;
        } catch (RuntimeException e) {
            throw new Refused(RefusalCode.INTERNAL, "the pin of " + node + " is not known: " + e);
        }
        if (gone != null) {
            throw new Refused(
                    RefusalCode.REMOVED, node + " is no node of this cluster any more: " + gone);
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

    /// The chain that the other end showed.
    ///
    /// @throws Refused if it showed none
    static X509Certificate[] shown(SSLSession session) throws Refused {
        Certificate[] chain;
        try {
            chain = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            throw new Refused(RefusalCode.UNTRUSTED, "it showed no certificate");
        }
        X509Certificate[] certificates = new X509Certificate[chain.length];
        for (int i = 0; i < chain.length; i++) {
            certificates[i] = (X509Certificate) chain[i];
        }
        return certificates;
    }

    private NodeId judge(X509Certificate[] chain, boolean ofServer) throws Refused {
        requireIssued(chain, ofServer);
        return name(chain);
    }

    private void requireIssued(X509Certificate[] chain, boolean ofServer) throws Refused {
        try {
            if (ofServer) {
                chains.get().checkServerTrusted(chain, ANY_KEY_EXCHANGE);
            } else {
                chains.get().checkClientTrusted(chain, ANY_KEY_EXCHANGE);
            }
        } catch (CertificateException | RuntimeException e) {
            throw new Refused(
                    RefusalCode.UNTRUSTED, "its certificate is not trusted: " + innermost(e));
        }
    }

    /// Nodes call and are called: a certificate for one role only was made for somebody else.
    private static void requireBothRoles(X509Certificate certificate) throws Refused {
        List<String> usages;
        try {
            usages = certificate.getExtendedKeyUsage();
        } catch (CertificateParsingException e) {
            throw new Refused(RefusalCode.NAME, "its certificate says nothing of its use");
        }
        if (usages == null || !usages.containsAll(BOTH_ROLES)) {
            throw new Refused(
                    RefusalCode.NAME,
                    "its certificate is not one for both roles, server and client: it is no"
                            + " node's");
        }
    }

    private NodeId name(X509Certificate[] chain) throws Refused {
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
        requireBothRoles(chain[0]);
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
            if (refused.code() == RefusalCode.REMOVED && !engine.getUseClientMode()) {
                // a TLS alert could not tell it why: it is refused when the connection is active
                return;
            }
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

    /// Names no authority to callers: one whose own is not among them would show no certificate at
    /// all, and nobody could say what was wrong with it.
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    private static String innermost(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause.getCause() != null && depth < 16; depth++) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static Roots roots(List<X509Certificate> certificates) {
        return new Roots(certificates, pkix(certificates));
    }

    /// Judges chains, and nothing else, by those roots.
    static X509TrustManager pkix(List<X509Certificate> roots) {
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
