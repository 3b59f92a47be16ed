package dev.quorate.core;

import dev.quorate.api.ReadLevel;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.RoutingChange;
import dev.quorate.raft.Configuration;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Tells group 0, the directory, what the logs of the groups led here have decided (rule R17): who
/// belongs to them, and which replicas have lost their data.
///
/// Level-triggered: a report is repeated until group 0 shows it.
final class Reporting {
    private static final long REPEAT_NANOS = 1_000_000_000;

    private record Key(GroupId group, long what) {}

    private final Turn turn;
    private final Map<Key, Long> sentNanos =
            new TreeMap<>((a, b) ->
                    a.group.equals(b.group)
                            ? Long.compare(a.what, b.what)
                            : a.group.compareTo(b.group));

    Reporting(Turn turn) {
        this.turn = turn;
    }

    /// What to propose to group 0 about a group led here; null for nothing.
    ///
    /// @param index of the committed configuration in force
    @Nullable Bytes configuration(GroupInfo known, long index, Configuration configuration) {
        if (index < 1 || index <= known.configIndex() || !isDue(new Key(known.id(), -1))) {
            return null;
        }
        return encoded(
                new RoutingChange.ReportConfiguration(
                        known.id(),
                        index,
                        configuration.voters(),
                        configuration.outgoing(),
                        configuration.learners()));
    }

    /// What to propose to group 0 about a replica of this node that may never vote again; null
    /// while that was proposed lately.
    @Nullable Bytes quarantine(GroupId group, Member replica) {
        return isDue(new Key(group, replica.replica().value()))
                ? encoded(new RoutingChange.ReportQuarantine(group, replica))
                : null;
    }

    /// The request that takes a report to group 0, wherever its leader is.
    Request.Asked asked(Bytes report) {
        return new Request.Asked(
                GroupId.METADATA,
                Request.Kind.WRITE,
                ReadLevel.LINEARIZABLE,
                report,
                NodeInput.Reach.FORWARD,
                turn.now().nanos() + REPEAT_NANOS);
    }

    private boolean isDue(Key key) {
        Long sent = sentNanos.get(key);
        if (sent != null && turn.now().nanos() - sent < REPEAT_NANOS) {
            return false;
        }
        sentNanos.put(key, turn.now().nanos());
        return true;
    }

    private static Bytes encoded(MetadataEntry entry) {
        return MetadataCodec.encode(entry);
    }
}
