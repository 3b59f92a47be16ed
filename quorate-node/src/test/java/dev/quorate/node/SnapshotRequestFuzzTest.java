package dev.quorate.node;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.fuzz.Fuzzing;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What another node asks to be sent.
class SnapshotRequestFuzzTest {
    @Test
    void requestsAreReadOrRefusedWhateverTheyHold() throws Exception {
        Fuzzing.fuzz(new Request());
    }

    private static final class Request implements FuzzTarget {
        @Override
        public String name() {
            return "SNAPSHOT_REQUEST";
        }

        @Override
        public String run(byte[] input) {
            Bytes bytes = Bytes.copyOf(input);
            FuzzTarget.require(
                    SnapshotRequest.decode(bytes).encode().equals(bytes), "it has two encodings");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            SnapshotRequest request =
                    new SnapshotRequest(new GroupId(3), 77, Bytes.wrap(new byte[32]));
            return List.of(request.encode().toByteArray());
        }

        @Override
        public boolean refuses(Throwable thrown) {
            return thrown instanceof IllegalArgumentException;
        }

        @Override
        public long allocationMax(int inputBytes) {
            return (64L << 10) + 64L * inputBytes;
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
