package dev.quorate.sim;

import static java.util.stream.Collectors.joining;

import dev.quorate.api.ReadLevel;
import dev.quorate.session.SessionKey;
import dev.quorate.types.GroupId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Clients that work on registers and on lists, one operation at a time each, and remember
/// everything that they were answered.
final class Workload {
    private static final int SESSION_EPOCH = 7;

    /// What follows an operation.
    interface Next {
        /// It was answered.
        void done();

        /// It was not, and nobody waits for it any more.
        default void givenUp() {
            done();
        }
    }

    private final World world;
    private final List<SimNode> nodes;
    private final Survey survey;
    private final Courier courier;
    private final Registers registers;
    private final Lists lists;
    private final Prng random;
    private final TreeMap<Long, GroupId> owed = new TreeMap<>();
    private Habits habits;
    private boolean running;
    private long lastProbe;
    private long lastSequence;

    /// @param nodes where requests go; filled by the caller
    Workload(World world, List<SimNode> nodes, Survey survey, Courier courier) {
        this.world = world;
        this.nodes = nodes;
        this.survey = survey;
        this.courier = courier;
        random = world.random.fork();
        registers = new Registers(world, courier);
        lists = new Lists(world, courier);
        habits = Habits.drawn(random);
    }

    /// Changes what the clients like to do.
    void prefer(Habits others) {
        habits = others;
    }

    /// Lets the clients begin.
    void start() {
        courier.hurry(false);
        if (!running) {
            running = true;
            for (int client = 0; client < world.config.clients(); client++) {
                think(client);
            }
        }
    }

    /// Lets the clients finish what they have begun, and nothing more.
    void stop() {
        running = false;
        courier.hurry(true);
    }

    private void think(int client) {
        world.agenda.after(
                1 + random.nextLong(world.config.thinkMax().toNanos()), () -> next(client));
    }

    private void next(int client) {
        if (!running) {
            return;
        }
        Next then = () -> think(client);
        long key = random.nextInt(world.config.keys());
        boolean onList = random.chance(habits.lists());
        if (random.chance(habits.reads())) {
            if (onList) {
                lists.read(key, level(), then);
            } else {
                registers.read(key, level(), then);
            }
        } else if (onList) {
            lists.append(key, session(client), then);
        } else if (random.chance(0.66)) {
            registers.write(key, session(client), then);
        } else {
            registers.compareAndSet(key, session(client), then);
        }
    }

    private ReadLevel level() {
        double dice = random.nextDouble();
        if (dice < habits.leases()) {
            return ReadLevel.LEASE;
        }
        if (dice < habits.leases() + habits.weak()) {
            return random.chance(0.25)
                    ? ReadLevel.LOCAL
                    : new ReadLevel.Bounded(random.nextLong(3_000_000L));
        }
        return ReadLevel.LINEARIZABLE;
    }

    /// A new write of a client's session, to be applied within some seconds of log time.
    private @Nullable SessionKey session(int client) {
        if (!random.chance(habits.sessions())) {
            return null;
        }
        long nowMicros = random.pick(nodes).now().wallMicros();
        long patience = random.pick(List.of(0L, 500_000L, 5_000_000L, 60_000_000L));
        return new SessionKey(
                SessionKey.NO_VSHARD, SESSION_EPOCH, client, ++lastSequence, nowMicros + patience);
    }

    // ---- the end -------------------------------------------------------------------------------

    /// Writes to every data group, and reads every list, until each has answered.
    void probe() {
        owed.clear();
        for (int group = 1; group <= world.config.groups(); group++) {
            // registers of group g are those with (register % groups) + 1 = g
            long register = group - 1L;
            owe(new GroupId(group), then -> registers.insist(register, then));
        }
        for (long list : lists.used()) {
            owe(lists.group(list), then -> lists.insist(list, then));
        }
    }

    private interface Probing {
        void with(Next then);
    }

    private void owe(GroupId group, Probing probing) {
        long mark = ++lastProbe;
        owed.put(mark, group);
        probing.with(
                new Next() {
                    @Override
                    public void done() {
                        owed.remove(mark);
                    }

                    @Override
                    public void givenUp() {
                        world.agenda.after(10_000_000L, () -> probing.with(this));
                    }
                });
    }

    /// Whether every data group that can serve has answered all since the last [#probe].
    boolean allServed() {
        Map.Entry<Long, GroupId> first = owed.firstEntry();
        if (first == null) {
            return true;
        }
        return !survey.isAble(first.getValue()) && owed.values().stream().noneMatch(survey::isAble);
    }

    /// Which groups could serve and have not answered, in words.
    String unserved() {
        TreeSet<GroupId> groups = new TreeSet<>(owed.values());
        return groups.stream().filter(survey::isAble).map(survey::describe).collect(joining("; "));
    }

    /// Checks all histories; those still on their way count as unanswered.
    ///
    /// @return how many were too hard to decide
    int check() {
        lists.check();
        return registers.check();
    }
}
