package dev.quorate.transport.gossip;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import org.jspecify.annotations.Nullable;

/// Seals and opens datagrams: AES-256-GCM under a key of the sender's present life, which is
/// derived from the ring by HKDF, so that counted nonces never meet under one key, even if a node
/// goes back in time. Laid out in `docs/formats/swim.md`.
///
/// Sealing and opening may happen on two threads; each alone is not thread-safe.
final class Seal {
    /// How much longer a datagram gets, in bytes.
    static final int OVERHEAD_BYTES = 1 + 1 + 8 + 16 + 8 + 16;

    private static final int HEADER_BYTES = OVERHEAD_BYTES - 16;
    private static final int VERSION = 1;
    private static final int LIVES_MAX = 4_096;
    private static final byte[] PURPOSE = "quorate datagram 1".getBytes(StandardCharsets.US_ASCII);

    /// An opened datagram.
    record Opened(NodeId from, ByteBuffer datagram) {}

    private record Life(int key, long sender, long high, long low) {}

    private record Peer(SecretKey key, ReplayWindow window) {}

    private final KeyRing ring;
    private final ClusterId cluster;
    private final Life own;
    private final SecretKey ownKey;
    private final Map<Life, Peer> peers =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Life, Peer> eldest) {
                    return size() > LIVES_MAX;
                }
            };
    private long counter;

    Seal(KeyRing ring, ClusterId cluster, NodeId self, SecureRandom random) {
        this.ring = ring;
        this.cluster = cluster;
        own = new Life(ring.first().number(), self.value(), random.nextLong(), random.nextLong());
        ownKey = derive(ring.first(), own);
    }

    ByteBuffer seal(ByteBuffer datagram) {
        ByteBuffer sealed = ByteBuffer.allocate(datagram.remaining() + OVERHEAD_BYTES);
        sealed.order(ByteOrder.LITTLE_ENDIAN);
        sealed.put((byte) VERSION).put((byte) own.key());
        sealed.putLong(own.sender()).putLong(own.high()).putLong(own.low()).putLong(counter);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, ownKey, counter, sealed);
            cipher.doFinal(datagram, sealed);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("AES-GCM does not work here", impossible);
        }
        counter++;
        return sealed.flip();
    }

    /// Opens a datagram; null for one that is damaged, forged, repeated or sealed by a key that
    /// this node does not hold.
    @Nullable Opened open(ByteBuffer sealed) {
        if (sealed.remaining() < OVERHEAD_BYTES) {
            return null;
        }
        ByteBuffer in = sealed.slice().order(ByteOrder.LITTLE_ENDIAN);
        int version = in.get();
        Life life = new Life(in.get() & 0xff, in.getLong(), in.getLong(), in.getLong());
        long number = in.getLong();
        KeyRing.Key key = ring.numbered(life.key());
        if (version != VERSION || key == null || life.sender() <= 0) {
            return null;
        }
        Peer known = peers.get(life);
        Peer peer = known != null ? known : new Peer(derive(key, life), new ReplayWindow());
        ByteBuffer datagram = decrypt(peer.key(), number, in);
        if (datagram == null || !peer.window().admit(number)) {
            return null;
        }
        if (known == null) {
            // only those who hold the key get a place, or strangers could push them out
            peers.put(life, peer);
        }
        return new Opened(new NodeId(life.sender()), datagram);
    }

    private static @Nullable ByteBuffer decrypt(SecretKey key, long number, ByteBuffer in) {
        try {
            ByteBuffer datagram = ByteBuffer.allocate(in.remaining() - 16);
            cipher(Cipher.DECRYPT_MODE, key, number, in).doFinal(in, datagram);
            return datagram.flip();
        } catch (AEADBadTagException forged) {
            return null;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("AES-GCM does not work here", impossible);
        }
    }

    /// A cipher that vouches for the header too; the buffer stands behind it.
    private static Cipher cipher(int mode, SecretKey key, long number, ByteBuffer buffer)
            throws GeneralSecurityException {
        byte[] nonce = new byte[12];
        ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN).putLong(4, number);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(128, nonce));
        cipher.updateAAD(buffer.duplicate().position(0).limit(HEADER_BYTES));
        return cipher;
    }

    private SecretKey derive(KeyRing.Key key, Life life) {
        ByteBuffer info = ByteBuffer.allocate(PURPOSE.length + 16 + 8 + 16);
        info.put(PURPOSE).putLong(cluster.high()).putLong(cluster.low());
        info.putLong(life.sender()).putLong(life.high()).putLong(life.low());
        try {
            HKDFParameterSpec spec =
                    HKDFParameterSpec.ofExtract()
                            .addIKM(key.secret())
                            .thenExpand(info.array(), KeyRing.KEY_BYTES);
            return KDF.getInstance("HKDF-SHA256").deriveKey("AES", spec);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("HKDF does not work here", impossible);
        }
    }
}
