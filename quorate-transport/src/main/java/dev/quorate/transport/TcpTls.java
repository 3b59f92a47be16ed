package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/// Mutual TLS 1.3 for TCP, from the JDK: the same certificates, and the same judgement of them, as
/// on QUIC. A context per connection: there is no session to resume, which would skip the trust
/// manager.
final class TcpTls {
    private static final String VERSION = "TLSv1.3";

    private TcpTls() {}

    /// For one caller: a client certificate is required.
    static SSLEngine server(LinkContext context, ByteBufAllocator allocator) {
        NodeIdentity now = context.identity().now();
        return engine(
                SslContextBuilder.forServer(now.key(), chain(now))
                        .trustManager(context.trust())
                        .clientAuth(ClientAuth.REQUIRE),
                allocator);
    }

    /// For one dial to one peer.
    static SSLEngine client(
            LinkContext context, NodeId peer, NodeIdentity now, ByteBufAllocator allocator) {
        return engine(
                SslContextBuilder.forClient()
                        .keyManager(now.key(), chain(now))
                        .trustManager(context.trust().expecting(peer))
                        // a peer is known by its key, not by where it is
                        .endpointIdentificationAlgorithm(null),
                allocator);
    }

    private static SSLEngine engine(SslContextBuilder builder, ByteBufAllocator allocator) {
        try {
            return builder.sslProvider(SslProvider.JDK)
                    .protocols(VERSION)
                    .build()
                    .newEngine(allocator);
        } catch (SSLException e) {
            throw new IllegalStateException("this JDK does not offer TLS 1.3: " + e, e);
        }
    }

    private static X509Certificate[] chain(NodeIdentity now) {
        return now.chain().toArray(new X509Certificate[0]);
    }
}
