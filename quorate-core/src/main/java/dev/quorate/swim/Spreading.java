package dev.quorate.swim;

import dev.quorate.swim.SwimMessage.Gossip;
import dev.quorate.swim.SwimMessage.Sync;
import dev.quorate.swim.SwimMessage.SyncReply;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.random.RandomGenerator;

/// Tells what is new, and compares what is known: rumours reach everybody with high probability,
/// comparisons repair the rest (push-pull anti-entropy).
final class Spreading {
    private final SwimConfig config;
    private final Self self;
    private final Table table;
    private final Rumours rumours;
    private final Outbox outbox;
    private final Silence silence;
    private final RandomGenerator random;
    private long nextGossipNanos;
    private long nextSyncNanos;
    private long syncPauseNanos;
    private long cursor;

    Spreading(
            SwimConfig config,
            Self self,
            Table table,
            Rumours rumours,
            Outbox outbox,
            Silence silence,
            RandomGenerator random,
            Moment start) {
        this.config = config;
        this.self = self;
        this.table = table;
        this.rumours = rumours;
        this.outbox = outbox;
        this.silence = silence;
        this.random = random;
        nextGossipNanos = start.nanos();
        compareSoon(start);
    }

    /// Something happened after which views may differ: compares soon, and then at growing pauses.
    void compareSoon(Moment now) {
        syncPauseNanos = config.timing().probeInterval().toNanos();
        nextSyncNanos = now.nanos() + syncPauseNanos / 2 + random.nextLong(syncPauseNanos);
    }

    void wakeup(Moment now, SwimEffects out) {
        if (!rumours.isEmpty() && now.nanos() - nextGossipNanos >= 0) {
            gossip(now, out);
        }
        if (!self.isLeaving() && now.nanos() - nextSyncNanos >= 0) {
            nextSyncNanos = now.nanos() + syncPauseNanos + random.nextLong(syncPauseNanos / 4 + 1);
            syncPauseNanos = Math.min(2 * syncPauseNanos, config.timing().syncInterval().toNanos());
            if (!silence.isDeaf(now)) {
                for (Entry partner : table.sample(1, entry -> entry.state() == Liveness.ALIVE)) {
                    compareWith(partner.id(), out);
                }
            }
        }
    }

    private void gossip(Moment now, SwimEffects out) {
        nextGossipNanos = now.nanos() + config.timing().gossipInterval().toNanos();
        List<Entry> hearers =
                table.sample(config.limits().fanout(), entry -> entry.state().isPresent());
        for (Entry hearer : hearers) {
            if (!rumours.isEmpty()) {
                outbox.send(hearer.id(), new Gossip(), out);
            }
        }
    }

    /// Sends the own view, in as many packets as it takes, or as are allowed at once.
    void compareWith(NodeId partner, SwimEffects out) {
        long begin = cursor;
        for (int packet = 0; packet < config.limits().syncPacketsMax(); packet++) {
            Sync part = nextPart();
            outbox.send(partner, part, out);
            cursor = part.upTo() == Long.MAX_VALUE ? 0 : part.upTo();
            if (cursor == begin || cursor == 0) {
                return;
            }
        }
    }

    private Sync nextPart() {
        int room = outbox.room(new Sync(cursor, Long.MAX_VALUE, List.of()));
        List<Rumour> known = new ArrayList<>();
        Iterator<Rumour> rest = knownIn(cursor, Long.MAX_VALUE).iterator();
        while (known.size() < room && rest.hasNext()) {
            known.add(rest.next());
        }
        long upTo = rest.hasNext() ? known.getLast().about().value() : Long.MAX_VALUE;
        return new Sync(cursor, upTo, known);
    }

    /// All that was ever heard, by id, this node's word about itself included.
    private List<Rumour> knownIn(long above, long upTo) {
        List<Rumour> known = new ArrayList<>();
        Rumour own = self.rumour();
        boolean pending = self.id().value() > above && self.id().value() <= upTo;
        for (Entry entry : table.range(above, upTo)) {
            if (pending && entry.id().compareTo(self.id()) > 0) {
                known.add(own);
                pending = false;
            }
            if (entry.rumour().overrides(Incarnation.NONE, Liveness.ALIVE)) {
                known.add(entry.rumour());
            }
        }
        if (pending) {
            known.add(own);
        }
        return known;
    }

    /// Answers a comparison with what is newer here; in the worst case that takes as many packets
    /// as the whole of the part would.
    void answer(NodeId from, Sync theirs, SwimEffects out) {
        List<Rumour> newer = new ArrayList<>();
        for (Rumour mine : knownIn(theirs.above(), theirs.upTo())) {
            if (isNewer(mine, theirs.known())) {
                newer.add(mine);
            }
        }
        int room = outbox.room(new SyncReply(List.of()));
        for (int at = 0; at < newer.size(); at += room) {
            if (at / room == config.limits().syncPacketsMax()) {
                return;
            }
            List<Rumour> part = newer.subList(at, Math.min(newer.size(), at + room));
            outbox.send(from, new SyncReply(part), out);
        }
    }

    private static boolean isNewer(Rumour mine, List<Rumour> theirs) {
        for (Rumour other : theirs) {
            if (other.about().equals(mine.about())) {
                return mine.overrides(other.incarnation(), other.state());
            }
        }
        return true;
    }

    long deadlineNanos(long otherwise) {
        long earliest = otherwise;
        if (!rumours.isEmpty() && nextGossipNanos - earliest < 0) {
            earliest = nextGossipNanos;
        }
        if (!self.isLeaving() && nextSyncNanos - earliest < 0) {
            earliest = nextSyncNanos;
        }
        return earliest;
    }
}
