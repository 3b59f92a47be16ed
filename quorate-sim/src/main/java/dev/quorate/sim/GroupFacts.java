package dev.quorate.sim;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the simulator saw of one group, over all nodes.
final class GroupFacts {
    /// An entry's content and the term of the entry before it.
    private record Content(long hash, long previousTerm) {}

    final GroupId group;
    final Map<Long, ReplicaId> leaders = new TreeMap<>();
    final Map<ReplicaId, ReplicaFacts> replicas = new TreeMap<>();

    /// What has been committed, as far as some node acted on it.
    final Shadow committed = new Shadow();

    /// For each committed entry an upper bound of the term in which it was committed.
    private long[] committedBy = new long[64];

    /// Up to here a quorum was seen to hold the committed log.
    long quorumHolds;

    /// States by the index they were frozen at.
    final Map<Long, Long> frozen = new TreeMap<>();

    private final Map<LogPosition, Content> contents = new HashMap<>();
    private final Map<LogPosition, Configuration> proposedConfigurations = new HashMap<>();
    private final TreeMap<Long, Configuration> committedConfigurations = new TreeMap<>();

    GroupFacts(GroupId group, List<Member> founders) {
        this.group = group;
        committedConfigurations.put(0L, Configuration.of(founders));
    }

    ReplicaFacts replica(ReplicaId id, NodeId node) {
        return replicas.computeIfAbsent(id, _ -> new ReplicaFacts(id, node, configurationAt(0)));
    }

    // ---- configurations ------------------------------------------------------------------------

    Configuration founders() {
        return configurationAt(0);
    }

    /// The configuration that the committed log has in force at `index`.
    Configuration configurationAt(long index) {
        return committedConfigurations.floorEntry(index).getValue();
    }

    /// The latest that is committed.
    Configuration configuration() {
        return committedConfigurations.lastEntry().getValue();
    }

    /// Members of the latest committed configuration.
    List<Member> members() {
        return configuration().everyone();
    }

    // ---- contents ------------------------------------------------------------------------------

    /// Log matching (§5.3): one (index, term) has one content and one predecessor, everywhere.
    ///
    /// @return whether that still holds
    boolean matches(Entry entry, long previousTerm) {
        Content content = new Content(TraceLog.hashOf(entry), previousTerm);
        Content before = contents.putIfAbsent(entry.position(), content);
        if (before == null && entry.kind() == Entry.Kind.CONFIGURATION) {
            proposedConfigurations.put(entry.position(), Configuration.decode(entry.payload()));
        }
        return before == null || before.equals(content);
    }

    /// The content of an entry that some replica wrote, or 0.
    long contentOf(long term, long index) {
        Content content = contents.get(new LogPosition(term, index));
        return content == null ? 0 : content.hash();
    }

    /// Notes the next committed entry.
    ///
    /// @param byTerm the entry was committed in this term or before
    void commit(long term, long hash, long byTerm) {
        int at = (int) committed.lastIndex();
        if (at == committedBy.length) {
            committedBy = Arrays.copyOf(committedBy, at * 2);
        }
        committedBy[at] = byTerm;
        committed.add(term, hash);
        long index = committed.lastIndex();
        Configuration next = proposedConfigurations.get(new LogPosition(term, index));
        if (next != null) {
            committedConfigurations.put(index, next);
        }
    }

    /// The first entry that was committed before `term` and is not in this log; 0 if it has all.
    long firstMissing(Shadow log, long term) {
        for (long index = committed.lastIndex(); index >= 1; index--) {
            if (committedBy[(int) index - 1] < term) {
                // a log that holds this one holds, by log matching, all before it
                return log.holds(index, committed.termAt(index)) ? 0 : index;
            }
        }
        return 0;
    }

    /// Whether a quorum of this configuration durably holds, or once held, the entry.
    boolean isHeld(Configuration by, long index, long term) {
        return by.hasQuorum(id -> {
            ReplicaFacts replica = replicas.get(id);
            return replica != null && replica.durable.holds(index, term);
        });
    }

    /// Who hosts a replica of the latest configuration on this node; null for nobody.
    @Nullable ReplicaFacts on(Member member) {
        return replicas.get(member.replica());
    }
}
