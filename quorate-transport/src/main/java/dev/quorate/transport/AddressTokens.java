package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes every caller prove that it receives at the address it writes from, before anything is kept
/// for it (Retry, RFC 9000 §8.1.2): forged datagrams cost no memory.
///
/// A token is an HMAC-SHA-256 over the address and the connection id it was made for, then that id.
/// Owned by one event loop.
final class AddressTokens implements QuicTokenHandler {
    private static final int MAC_BYTES = 32;
    private static final int CONNECTION_ID_BYTES_MAX = 20;

    private final Mac mac;

    AddressTokens() {
        byte[] secret = new byte[MAC_BYTES];
        new SecureRandom().nextBytes(secret);
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC-SHA-256", e);
        }
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
        byte[] id = ByteBufUtil.getBytes(connectionId);
        out.writeBytes(sign(id, address)).writeBytes(id);
        return true;
    }

    /// The offset of the connection id in a token of ours, or -1.
    @Override
    public int validateToken(ByteBuf token, InetSocketAddress address) {
        int length = token.readableBytes() - MAC_BYTES;
        if (length < 0 || length > CONNECTION_ID_BYTES_MAX) {
            return -1;
        }
        byte[] found = ByteBufUtil.getBytes(token, token.readerIndex(), MAC_BYTES);
        byte[] id = ByteBufUtil.getBytes(token, token.readerIndex() + MAC_BYTES, length);
        return MessageDigest.isEqual(sign(id, address), found) ? MAC_BYTES : -1;
    }

    @Override
    public int maxTokenLength() {
        return MAC_BYTES + CONNECTION_ID_BYTES_MAX;
    }

    private byte[] sign(byte[] connectionId, InetSocketAddress address) {
        byte[] host = address.getAddress().getAddress();
        mac.update(host);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(address.getPort()).flip());
        return mac.doFinal(connectionId);
    }
}
