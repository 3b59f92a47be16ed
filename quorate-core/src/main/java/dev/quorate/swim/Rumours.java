package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What is still to be told (SWIM, "Infection-Style Dissemination"): at most one rumour per member,
/// those told least first, the newest first among equals.
final class Rumours {
    private record Waiting(int sent, long age, Rumour rumour) {}

    private static final Comparator<Waiting> URGENCY =
            Comparator.comparingInt(Waiting::sent)
                    .thenComparing(Comparator.comparingLong(Waiting::age).reversed());

    private final Map<NodeId, Waiting> byMember = new TreeMap<>();
    private final TreeSet<Waiting> queue = new TreeSet<>(URGENCY);
    private long added;

    /// Replaces whatever is waiting about the same member.
    void add(Rumour rumour) {
        forget(rumour.about());
        put(new Waiting(0, added++, rumour));
    }

    void forget(NodeId member) {
        Waiting old = byMember.remove(member);
        if (old != null) {
            queue.remove(old);
        }
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    boolean knows(NodeId member) {
        return byMember.containsKey(member);
    }

    /// Takes the most urgent rumours for one packet.
    ///
    /// @param room how many fit
    /// @param sendsMax after as many packets, a rumour is old
    /// @param except not about this member, which is told another way; null for none
    List<Rumour> take(int room, int sendsMax, @Nullable NodeId except) {
        if (queue.isEmpty() || room <= 0) {
            return List.of();
        }
        List<Waiting> taken = new ArrayList<>();
        for (Waiting waiting : queue) {
            if (taken.size() == room) {
                break;
            }
            if (!waiting.rumour().about().equals(except)) {
                taken.add(waiting);
            }
        }
        List<Rumour> rumours = new ArrayList<>(taken.size());
        for (Waiting waiting : taken) {
            rumours.add(waiting.rumour());
            forget(waiting.rumour().about());
            if (waiting.sent() + 1 < sendsMax) {
                put(new Waiting(waiting.sent() + 1, waiting.age(), waiting.rumour()));
            }
        }
        return rumours;
    }

    private void put(Waiting waiting) {
        byMember.put(waiting.rumour().about(), waiting);
        queue.add(waiting);
    }
}
