package dev.quorate.metadata;

import dev.quorate.fuzz.FuzzTarget;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// What the log of group 0 holds, and what its snapshots do.
enum MetadataFuzzTarget implements FuzzTarget {
    /// One entry: [MetadataCodec].
    METADATA_ENTRY {
        @Override
        public String run(byte[] input) {
            Bytes bytes = Bytes.copyOf(input);
            MetadataEntry entry = MetadataCodec.decode(bytes);
            FuzzTarget.require(MetadataCodec.encode(entry).equals(bytes), "it has two encodings");
            return EntryKind.of(entry).name();
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (MetadataEntry entry : Samples.everyKind().values()) {
                seeds.add(MetadataCodec.encode(entry).toByteArray());
            }
            return seeds;
        }
    },

    /// An entry that is applied to a state, whatever it says.
    METADATA_APPLIED {
        @Override
        public String run(byte[] input) {
            MetadataEntry entry = MetadataCodec.decode(Bytes.copyOf(input));
            MetadataState.Step step = FOUNDED.apply(FOUNDED.index() + 1, 1, entry);
            MetadataState next = step.state();
            FuzzTarget.require(
                    MetadataState.decode(next.encode()).encode().equals(next.encode()),
                    "the state does not survive a snapshot");
            return EntryKind.of(entry).name() + " " + step.outcome();
        }

        @Override
        public List<byte[]> seeds() throws Exception {
            return METADATA_ENTRY.seeds();
        }

        @Override
        public long allocationMax(int inputBytes) {
            return (4L << 20) + 1024L * inputBytes;
        }
    },

    /// A whole state: [MetadataState].
    METADATA_STATE {
        @Override
        public String run(byte[] input) {
            Bytes bytes = Bytes.copyOf(input);
            FuzzTarget.require(
                    MetadataState.decode(bytes).encode().equals(bytes), "it has two encodings");
            return "taken";
        }

        @Override
        public List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            seeds.add(Samples.founded(1, 1, 1).encode().toByteArray());
            MetadataState state = Samples.founded(3, 4, 3);
            RandomEntries entries = new RandomEntries(new Random(5));
            for (int i = 0; i < 200; i++) {
                state = state.apply(state.index() + 1, i, entries.next(state.view())).state();
            }
            seeds.add(state.encode().toByteArray());
            return seeds;
        }
    };

    private static final MetadataState FOUNDED = Samples.founded(3, 4, 3);

    @Override
    public boolean refuses(Throwable thrown) {
        return thrown instanceof MetadataFormatException;
    }

    @Override
    public long allocationMax(int inputBytes) {
        return (128L << 10) + 256L * inputBytes;
    }
}
