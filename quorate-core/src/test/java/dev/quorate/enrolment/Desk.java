package dev.quorate.enrolment;

import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.Founding;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataOutcome;
import dev.quorate.metadata.MetadataState;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.UnknownFields;
import dev.quorate.metadata.WireRange;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Group 0 of a cluster of three, for tests of those who decide about it.
final class Desk {
    static final long SECOND = 1_000_000;
    static final Bytes TOKEN = hash(70);
    static final CaCertificate FIRST_CA = CaCertificate.of(Bytes.utf8("first"));
    static final CaCertificate SECOND_CA = CaCertificate.of(Bytes.utf8("second"));

    private MetadataState state = MetadataState.EMPTY;
    private long nowMicros;

    Desk() {
        List<NodeInfo> nodes = new ArrayList<>();
        for (long id = 1; id <= 3; id++) {
            nodes.add(node(id));
        }
        apply(Founding.batch(new ClusterId(1, 2), nodes, 2, 3, FIRST_CA));
    }

    MetadataView view() {
        return state.view();
    }

    long now() {
        return nowMicros;
    }

    void pass(long micros) {
        nowMicros += micros;
    }

    /// Applies one more entry at the time that it is.
    MetadataOutcome apply(MetadataEntry entry) {
        MetadataState.Step step = state.apply(state.index() + 1, nowMicros, entry);
        state = step.state();
        return step.outcome();
    }

    static NodeInfo node(long id) {
        return new NodeInfo(
                new NodeId(id),
                NodeState.ACTIVE,
                hash((int) id),
                "host" + id + ":1",
                "",
                new TreeMap<>(),
                new TreeMap<>(),
                new WireRange(1, 1),
                0,
                UnknownFields.NONE);
    }

    /// The claim of whoever holds that key.
    static Claim claim(int key) {
        return new Claim(
                TOKEN,
                hash(key),
                "joiner" + key + ":1",
                "",
                new TreeMap<>(),
                new TreeMap<>(),
                new WireRange(1, 1));
    }

    static Bytes hash(int seed) {
        return Bytes.wrap(ByteBuffer.allocate(32).putInt(seed).array());
    }
}
