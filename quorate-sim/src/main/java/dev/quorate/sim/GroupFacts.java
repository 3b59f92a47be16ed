package dev.quorate.sim;

import dev.quorate.types.Member;
import dev.quorate.raft.Entry;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the simulator saw of one group, over all nodes.
final class GroupFacts {
    /// An entry's content and the term of the entry before it.
    private record Content(long hash, long previousTerm) {}

    final GroupId group;
    final List<Member> members;
    final Map<Long, NodeId> leaders = new TreeMap<>();
    final Map<NodeId, ReplicaFacts> replicas = new TreeMap<>();

    /// What has been committed, as far as some node acted on it.
    final Shadow committed = new Shadow();

    /// For each committed entry an upper bound of the term in which it was committed.
    private long[] committedBy = new long[64];

    /// Up to here a majority was seen to hold the committed log.
    long majorityHolds;

    /// Members whose disk was replaced: nobody waits for them any more.
    int wiped;

    private final Map<LogPosition, Content> contents = new HashMap<>();

    GroupFacts(GroupId group, List<Member> members) {
        this.group = group;
        this.members = members;
    }

    ReplicaFacts replica(NodeId node) {
        return replicas.computeIfAbsent(node, _ -> new ReplicaFacts());
    }

    /// Log matching (§5.3): one (index, term) has one content and one predecessor, everywhere.
    ///
    /// @return whether that still holds
    boolean matches(Entry entry, long previousTerm) {
        Content content = new Content(TraceLog.hashOf(entry), previousTerm);
        Content before = contents.putIfAbsent(entry.position(), content);
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

    /// How many members durably hold this entry.
    int holders(long index, long term) {
        int count = 0;
        for (Member member : members) {
            ReplicaFacts replica = replicas.get(member.node());
            if (replica != null && replica.durable.holds(index, term)) {
                count++;
            }
        }
        return count;
    }

    boolean hasMember(NodeId node) {
        return members.stream().anyMatch(member -> member.node().equals(node));
    }

    boolean isQuorum(int count) {
        return count > members.size() / 2;
    }
}
