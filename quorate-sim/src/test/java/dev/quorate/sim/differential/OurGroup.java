package dev.quorate.sim.differential;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Credits;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftConfig;
import dev.quorate.raft.RaftEffect;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.Restored;
import dev.quorate.sim.Prng;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Three of our replicas, each on a disk that takes its time. The state machine is in memory only.
final class OurGroup implements Group {
    private static final RaftConfig.Timing TIMING =
            new RaftConfig.Timing(Duration.ofSeconds(1), Duration.ofSeconds(3));

    private final Timeline time;
    private final Network network;
    private final Prng random;
    private final List<Replica> replicas = new ArrayList<>();

    OurGroup(Timeline time, Network network, long seed) {
        this.time = time;
        this.network = network;
        this.random = new Prng(seed);
        for (int node = 0; node < Weather.NODES; node++) {
            replicas.add(new Replica(node));
        }
    }

    @Override
    public void start(int node) {
        replicas.get(node).start();
    }

    @Override
    public void crash(int node) {
        replicas.get(node).life = null;
    }

    @Override
    public boolean leads(int node) {
        Life life = replicas.get(node).life;
        return life != null && life.raft.isLeader();
    }

    @Override
    public void propose(int node, String command, Runnable applied) {
        Life life = replicas.get(node).life;
        if (life != null) {
            life.propose(command, applied);
        }
    }

    @Override
    public List<String> applied(int node) {
        Life life = replicas.get(node).life;
        return life == null ? List.of() : life.applied;
    }

    private static Member member(int node) {
        return new Member(new NodeId(node + 1L), new ReplicaId(node + 1L));
    }

    private static Configuration configuration() {
        return Configuration.of(List.of(member(0), member(1), member(2)));
    }

    /// What survives a crash.
    private final class Replica {
        private final int node;
        private final List<Entry> durable = new ArrayList<>();
        private HardState hardState = HardState.INITIAL;
        private @Nullable Life life;

        Replica(int node) {
            this.node = node;
        }

        void start() {
            if (life == null) {
                life = new Life(this);
                life.step(new RaftInput.Opened(0));
            }
        }

        void write(RaftEffect.Persist persist) {
            if (persist.hardState() != null) {
                hardState = persist.hardState();
            }
            if (!persist.entries().isEmpty()) {
                int keep = Math.toIntExact(persist.entries().getFirst().index() - 1);
                durable.subList(keep, durable.size()).clear();
                durable.addAll(persist.entries());
            }
        }

        Restored restored() {
            List<Restored.TermStart> terms = new ArrayList<>();
            for (Entry entry : durable) {
                if (terms.isEmpty() || terms.getLast().term() != entry.term()) {
                    terms.add(new Restored.TermStart(entry.term(), entry.index()));
                }
            }
            long stamp = durable.isEmpty() ? 0 : durable.getLast().stampMicros();
            return new Restored(
                    hardState, LogPosition.ZERO, terms, durable.size(), stamp, List.of(), null);
        }
    }

    /// A process from its start to its end.
    private final class Life {
        private final Replica replica;
        private final Raft raft;
        private final Credits credits = new Credits(1_000_000, 1_000_000);
        private final List<String> applied = new ArrayList<>();
        private final Map<LogPosition, Runnable> waiting = new HashMap<>();
        private @Nullable Runnable proposing;
        private long wakesAtNanos = Long.MAX_VALUE;
        private long diskFreeNanos;

        Life(Replica replica) {
            this.replica = replica;
            RaftConfig config =
                    new RaftConfig(
                            member(replica.node),
                            configuration(),
                            member(0).replica(),
                            TIMING,
                            RaftConfig.Limits.DEFAULT);
            raft = new Raft(config, random.fork(), now(), replica.restored());
        }

        private Moment now() {
            return new Moment(time.nowNanos(), time.nowNanos() / 1_000);
        }

        private boolean isOver() {
            return replica.life != this;
        }

        void propose(String command, Runnable whenApplied) {
            proposing = whenApplied;
            step(new RaftInput.Propose(1, Entry.Kind.COMMAND, Bytes.utf8(command)));
            proposing = null;
        }

        void step(RaftInput input) {
            if (isOver()) {
                return;
            }
            raft.step(now(), input, credits, this::execute);
            raft.flush(now(), credits, this::execute);
            long deadline = raft.nextDeadlineNanos();
            if (deadline != wakesAtNanos) {
                wakesAtNanos = deadline;
                time.after(Math.max(0, deadline - time.nowNanos()), () -> wakeup(deadline));
            }
        }

        private void wakeup(long deadline) {
            if (deadline == wakesAtNanos) {
                wakesAtNanos = Long.MAX_VALUE;
                step(new RaftInput.Wakeup());
            }
        }

        private void execute(RaftEffect effect) {
            switch (effect) {
                case RaftEffect.Send(Member to, var message) -> {
                    int target = Math.toIntExact(to.node().value() - 1);
                    network.send(
                            replica.node,
                            target,
                            () ->
                                    receive(
                                            target,
                                            new RaftInput.Received(member(replica.node), message)));
                }
                case RaftEffect.Persist persist -> write(persist);
                case RaftEffect.Apply(List<Entry> entries) -> time.after(0, () -> apply(entries));
                case RaftEffect.Proposed(_, long term, long index) -> {
                    if (proposing != null) {
                        waiting.put(new LogPosition(term, index), proposing);
                    }
                }
                case RaftEffect.ReadLog(ReplicaId peer, long from, _) -> {
                    List<Entry> entries =
                            List.copyOf(
                                    replica.durable.subList(
                                            Math.toIntExact(from - 1), replica.durable.size()));
                    time.after(0, () -> step(new RaftInput.LogRead(peer, entries)));
                }
                case RaftEffect.NotTaken _,
                        RaftEffect.RoleChanged _,
                        RaftEffect.ConfigurationChanged _,
                        RaftEffect.ReadReady _,
                        RaftEffect.TransferEnded _ -> {}
                case RaftEffect.Compact _,
                        RaftEffect.RemovedFromGroup _,
                        RaftEffect.TakeSnapshot _,
                        RaftEffect.ReleaseSnapshot _,
                        RaftEffect.FetchSnapshot _,
                        RaftEffect.DropFetched _,
                        RaftEffect.MarkInstalling _,
                        RaftEffect.RestoreSnapshot _,
                        RaftEffect.Installed _ ->
                        throw new IllegalStateException("not a part of this test: " + effect);
            }
        }

        /// The disk makes one write after the other.
        private void write(RaftEffect.Persist persist) {
            long begins = Math.max(time.nowNanos(), diskFreeNanos);
            diskFreeNanos = begins + random.nextLong(50_000L, 3_000_000L);
            time.after(
                    diskFreeNanos - time.nowNanos(),
                    () -> {
                        if (!isOver()) {
                            replica.write(persist);
                            step(new RaftInput.Persisted(persist.ticket()));
                        }
                    });
        }

        private void apply(List<Entry> entries) {
            if (isOver()) {
                return;
            }
            for (Entry entry : entries) {
                if (entry.kind() == Entry.Kind.COMMAND) {
                    applied.add(entry.payload().toUtf8());
                    Runnable waits = waiting.remove(entry.position());
                    if (waits != null) {
                        waits.run();
                    }
                }
            }
            step(new RaftInput.Applied(entries.getLast().index()));
        }
    }

    private void receive(int node, RaftInput.Received message) {
        Life life = replicas.get(node).life;
        if (life != null) {
            life.step(message);
        }
    }
}
