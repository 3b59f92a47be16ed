package dev.quorate.transport;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS 1.3 of the enrolment door. Every connection has a context of its own: nothing is resumed,
/// and so no certificate goes unjudged.
final class EnrolmentTls {
    private static final String PROTOCOL_NAME = "quorate-enrol/1";

    private EnrolmentTls() {}

    /// A context for one connection.
    ///
    /// @param shown who we are; null to stay unknown
    static SSLContext context(@Nullable NodeIdentity shown, X509ExtendedTrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            KeyManager[] keys =
                    shown == null ? new KeyManager[0] : new KeyManager[] {new OneKey(shown)};
            context.init(keys, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS 1.3: " + e.getMessage(), e);
        }
    }

    static SSLParameters parameters(SSLContext context) {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        parameters.setApplicationProtocols(new String[] {PROTOCOL_NAME});
        return parameters;
    }

    /// Trusts a server of a cluster that is known by the hash of its root alone: the joiner's view,
    /// which has nothing but a token.
    static X509ExtendedTrustManager byToken(JoinToken token) {
        return new TokenTrust(token);
    }

    /// Shows the one certificate there is, and the trusted roots: a joiner knows one of them by its
    /// hash.
    private static final class OneKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "node";

        private final NodeIdentity identity;

        OneKey(NodeIdentity identity) {
            this.identity = identity;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String type, Principal @Nullable [] issuers, Socket socket) {
            return type.startsWith("EC") ? ALIAS : null;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String type, Principal @Nullable [] issuers, SSLEngine engine) {
            return type.startsWith("EC") ? ALIAS : null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] types, Principal @Nullable [] issuers, Socket socket) {
            return Arrays.stream(types).anyMatch(type -> type.startsWith("EC")) ? ALIAS : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            List<X509Certificate> chain = new ArrayList<>(identity.chain());
            chain.addAll(identity.roots());
            return chain.toArray(new X509Certificate[0]);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.key();
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }
    }

    private static final class TokenTrust extends X509ExtendedTrustManager {
        private final JoinToken token;

        TokenTrust(JoinToken token) {
            this.token = token;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            judge(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            judge(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            judge(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("a joiner serves nobody");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("a joiner serves nobody");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("a joiner serves nobody");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }

        private void judge(X509Certificate[] chain) throws CertificateException {
            List<X509Certificate> shown = new ArrayList<>();
            List<X509Certificate> roots = new ArrayList<>();
            for (X509Certificate certificate : chain) {
                boolean named = token.authorities().contains(Certificates.sha256(certificate));
                (named ? roots : shown).add(certificate);
            }
            if (roots.isEmpty() || shown.isEmpty()) {
                throw new Refused(
                        RefusalCode.UNTRUSTED,
                        "its authority is not the one that the join token names: it is another"
                                + " cluster, or the token is older than the last change of the"
                                + " authority");
            }
            PeerTrust.pkix(roots)
                    .checkServerTrusted(
                            shown.toArray(new X509Certificate[0]), PeerTrust.ANY_KEY_EXCHANGE);
            try {
                NodeName name = NodeName.of(chain[0]);
                if (!name.cluster().equals(token.cluster())) {
                    throw new Refused(
                            RefusalCode.CLUSTER,
                            "it belongs to cluster " + name.cluster() + ", not to the token's");
                }
            } catch (IllegalArgumentException e) {
                throw new Refused(
                        RefusalCode.NAME, "its certificate names no node: " + e.getMessage());
            }
        }
    }
}
