package dev.quorate.transport;

import dev.quorate.types.Bytes;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// A caller for tests that speaks TLS over TCP but does what it likes. It believes every server,
/// and keeps its sessions for resumption.
final class TcpStranger {
    private static final int WAIT_MILLIS = 10_000;

    private final SSLContext tls;

    /// @param identity null to show no certificate
    TcpStranger(@Nullable NodeIdentity identity) {
        try {
            tls = SSLContext.getInstance("TLSv1.3");
            TrustManager[] all = InsecureTrustManagerFactory.INSTANCE.getTrustManagers();
            tls.init(identity == null ? null : keys(identity), all, null);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Calls and speaks, then listens until the other side closes.
    ///
    /// @return how many bytes it answered
    int speak(InetSocketAddress to, ByteBuffer... bytes) throws IOException {
        int answered = 0;
        try (SSLSocket socket = connect(to)) {
            OutputStream out = socket.getOutputStream();
            for (ByteBuffer part : bytes) {
                out.write(Bytes.read(part.duplicate(), part.remaining()).toByteArray());
            }
            out.flush();
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                answered++;
            }
        } catch (SocketTimeoutException open) {
            throw open;
        } catch (IOException refused) {
            // with TLS 1.3 the alert may come at any of these steps; the listener has the reason
            return answered;
        }
        return answered;
    }

    /// A connection whose handshake is over as far as the client can tell.
    SSLSocket connect(InetSocketAddress to) throws IOException {
        SSLSocket socket =
                (SSLSocket) tls.getSocketFactory().createSocket(to.getAddress(), to.getPort());
        socket.setSoTimeout(WAIT_MILLIS);
        return socket;
    }

    private static KeyManager[] keys(NodeIdentity identity)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setKeyEntry(
                "key",
                identity.key(),
                new char[0],
                identity.chain().toArray(new X509Certificate[0]));
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }
}
