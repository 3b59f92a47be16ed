package dev.quorate.sim;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.types.GroupId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the simulator saw of one node's replicas: which it has, which come and go, and whose writes
/// are on their way to its journal.
final class NodeFacts {
    /// A replica that the node has, and what its acts are checked against.
    record Hosted(ReplicaRecord record, ReplicaFacts facts, GroupChecks checks) {}

    private record Write(long ticket, GroupChecks by) {}

    // looked up at every step, so no tree; whoever walks through it takes a sorted copy
    private final Map<GroupId, Hosted> hosted = new HashMap<>();
    private final TreeMap<Long, Hosted> creations = new TreeMap<>();
    private final TreeMap<Long, GroupId> ends = new TreeMap<>();
    private final ArrayDeque<Write> writes = new ArrayDeque<>();
    private long lastTicket;

    // ---- who is here ---------------------------------------------------------------------------

    @Nullable Hosted hosted(GroupId group) {
        return hosted.get(group);
    }

    /// All that are here, by group.
    SortedMap<GroupId, Hosted> all() {
        return new TreeMap<>(hosted);
    }

    boolean isEnding(GroupId group) {
        return ends.containsValue(group);
    }

    /// Whatever was on its way is settled: these are here now.
    void become(List<Hosted> replicas) {
        forget();
        replicas.forEach(this::host);
    }

    /// Nothing is here.
    void forget() {
        hosted.clear();
        creations.clear();
        ends.clear();
        writes.clear();
        lastTicket = 0;
    }

    void quarantined(GroupId group) {
        hosted.remove(group);
    }

    private void host(Hosted replica) {
        hosted.put(replica.record().group(), replica);
    }

    // ---- what is on its way --------------------------------------------------------------------

    /// Takes the next ticket.
    ///
    /// @return the one before it
    long ticket(long ticket) {
        long before = lastTicket;
        lastTicket = ticket;
        return before;
    }

    void writes(long ticket, GroupChecks by) {
        writes.add(new Write(ticket, by));
    }

    void creates(long ticket, Hosted replica) {
        creations.put(ticket, replica);
    }

    void destroys(long ticket, GroupId group) {
        ends.put(ticket, group);
    }

    /// Everything up to a ticket is durable.
    ///
    /// @return who is gone by that
    List<Hosted> persisted(long ticket) {
        for (Write next = writes.peek();
                next != null && next.ticket() <= ticket;
                next = writes.peek()) {
            writes.remove();
            next.by().persisted(ticket);
        }
        if (ends.isEmpty() && creations.isEmpty()) {
            return List.of();
        }
        List<Hosted> gone = new ArrayList<>();
        Map<Long, GroupId> ended = ends.headMap(ticket, true);
        for (GroupId group : ended.values()) {
            Hosted replica = hosted.remove(group);
            if (replica != null) {
                gone.add(replica);
            }
        }
        ended.clear();
        Map<Long, Hosted> created = creations.headMap(ticket, true);
        created.values().forEach(this::host);
        created.clear();
        return gone;
    }
}
