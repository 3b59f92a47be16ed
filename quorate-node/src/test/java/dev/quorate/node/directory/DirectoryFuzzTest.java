package dev.quorate.node.directory;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.fuzz.Fuzzing;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of a node's directory, with a sound frame around whatever they hold.
class DirectoryFuzzTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final NodeId SELF = new NodeId(1);
    private static final int HEADER_BYTES = 16;
    private static final int CRC_BYTES = 4;
    private static final List<KnownPeer> PEERS =
            List.of(
                    new KnownPeer(SELF, Bytes.wrap(new byte[32]), "127.0.0.1:7101"),
                    new KnownPeer(new NodeId(2), Bytes.EMPTY, ""));

    @TempDir private Path directory;

    @Test
    void catalogsAreReadOrRefusedWhateverTheyHold() throws Exception {
        Path file = directory.resolve("catalog");
        new ClusterCatalog(CLUSTER, SELF, 3, PEERS, Bytes.utf8("founding")).save(file);
        Fuzzing.fuzz(new Checked("CATALOG", "QRCATLG1", file, () -> ClusterCatalog.load(file)));
    }

    @Test
    void ticketsAreReadOrRefusedWhateverTheyHold() throws Exception {
        Path file = directory.resolve("ticket");
        List<Member> members = List.of(new Member(SELF, new ReplicaId(1)));
        new FoundingTicket(
                        CLUSTER,
                        SELF,
                        Bytes.wrap(new byte[32]),
                        members,
                        PEERS,
                        Bytes.utf8("batch"))
                .save(file);
        Fuzzing.fuzz(new Checked("TICKET", "QRTICKT1", file, () -> FoundingTicket.load(file)));
    }

    private record Checked(String name, String magic, Path file, Runnable reader)
            implements FuzzTarget {
        @Override
        public String run(byte[] input) throws IOException {
            CheckedFile.write(file, magic, input);
            reader.run();
            return "taken";
        }

        @Override
        public List<byte[]> seeds() throws IOException {
            byte[] all = Files.readAllBytes(file);
            return List.of(Arrays.copyOfRange(all, HEADER_BYTES, all.length - CRC_BYTES));
        }

        @Override
        public boolean refuses(Throwable thrown) {
            return thrown instanceof StartRefused;
        }

        @Override
        public long allocationMax(int inputBytes) {
            return (128L << 10) + 64L * inputBytes;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
