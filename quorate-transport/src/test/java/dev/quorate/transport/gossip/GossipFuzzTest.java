package dev.quorate.transport.gossip;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.fuzz.Fuzzing;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Datagrams of strangers.
class GossipFuzzTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);

    @Test
    void sealedDatagramsAreOpenedOnlyIfNobodyTouchedThem() throws Exception {
        Fuzzing.fuzz(new SealedDatagram());
    }

    private static final class SealedDatagram implements FuzzTarget {
        private final KeyRing ring =
                new KeyRing(List.of(new KeyRing.Key(1, new byte[KeyRing.KEY_BYTES])));
        private final Seal two = new Seal(ring, CLUSTER, new NodeId(2), new SecureRandom());
        private final ByteBuffer good =
                new Seal(ring, CLUSTER, new NodeId(1), new SecureRandom())
                        .seal(ByteBuffer.wrap(new byte[100]));

        @Override
        public String name() {
            return "SEALED_DATAGRAM";
        }

        @Override
        public String run(byte[] input) {
            Seal.Opened opened = two.open(ByteBuffer.wrap(input));
            FuzzTarget.require(
                    opened == null || ByteBuffer.wrap(input).equals(good),
                    "a forged datagram was opened");
            return opened == null ? "refused" : "opened";
        }

        @Override
        public List<byte[]> seeds() {
            return List.of(good.array().clone());
        }

        @Override
        public boolean refuses(Throwable thrown) {
            return false;
        }

        @Override
        public long allocationMax(int inputBytes) {
            return (128L << 10) + 64L * inputBytes;
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
