package dev.quorate.sim.differential;

import dev.quorate.sim.Prng;
import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.RaftNodeStatus;
import io.microraft.executor.RaftNodeExecutor;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RestoredRaftState;
import io.microraft.statemachine.StateMachine;
import io.microraft.transport.Transport;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Three nodes of MicroRaft on virtual time, each with a store that loses what was not flushed. The
/// state machine is in memory only.
final class MicroRaftGroup implements Group {
    private static final String NEW_TERM = "new term";

    /// More than any run commits: no snapshots.
    private static final int LOG_ENTRIES_MAX = 20_000;

    private static final RaftConfig CONFIG =
            RaftConfig.newBuilder()
                    .setLeaderElectionTimeoutMillis(3_000)
                    .setLeaderHeartbeatPeriodSecs(1)
                    .setLeaderHeartbeatTimeoutSecs(3)
                    .setCommitCountToTakeSnapshot(LOG_ENTRIES_MAX)
                    .build();

    private record Endpoint(int node) implements RaftEndpoint {
        @Override
        public Object getId() {
            return node;
        }
    }

    private final Timeline time;
    private final Network network;
    private final Random random;
    private final List<RaftEndpoint> endpoints = new ArrayList<>();
    private final List<Host> hosts = new ArrayList<>();

    MicroRaftGroup(Timeline time, Network network, long seed) {
        this.time = time;
        this.network = network;
        this.random = new Random(new Prng(seed).nextLong());
        for (int node = 0; node < Weather.NODES; node++) {
            endpoints.add(new Endpoint(node));
            hosts.add(new Host(node));
        }
    }

    @Override
    public void start(int node) {
        hosts.get(node).start();
    }

    @Override
    public void crash(int node) {
        Host host = hosts.get(node);
        host.life = null;
        host.store.crash();
    }

    @Override
    public boolean leads(int node) {
        Life life = hosts.get(node).life;
        return life != null
                && life.node.getStatus() == RaftNodeStatus.ACTIVE
                && life.node.getLocalEndpoint().equals(life.node.getTerm().getLeaderEndpoint());
    }

    @Override
    public void propose(int node, String command, Runnable applied) {
        Life life = hosts.get(node).life;
        if (life != null) {
            var _ =
                    life.node
                            .replicate(command)
                            .whenComplete((_, failure) -> {
                                if (failure == null && !life.isOver()) {
                                    applied.run();
                                }
                            });
        }
    }

    @Override
    public List<String> applied(int node) {
        Life life = hosts.get(node).life;
        return life == null ? List.of() : life.applied;
    }

    /// What survives a crash.
    private final class Host {
        private final int node;
        private final Store store = new Store();
        private @Nullable Life life;

        Host(int node) {
            this.node = node;
        }

        void start() {
            if (life == null) {
                life = new Life(this);
                var _ = life.node.start();
            }
        }
    }

    /// A process from its start to its end.
    private final class Life implements RaftNodeExecutor, StateMachine, Transport {
        private final Host host;
        private final RaftNode node;
        private final List<String> applied = new ArrayList<>();

        Life(Host host) {
            this.host = host;
            RaftNode.RaftNodeBuilder builder =
                    RaftNode.newBuilder()
                            .setGroupId("group")
                            .setConfig(CONFIG)
                            .setTransport(this)
                            .setStateMachine(this)
                            .setExecutor(this)
                            .setStore(host.store)
                            .setRandom(new Random(random.nextLong()))
                            .setClock(new VirtualClock());
            RestoredRaftState restored = host.store.restored();
            if (restored == null) {
                builder.setLocalEndpoint(endpoints.get(host.node))
                        .setInitialGroupMembers(endpoints);
            } else {
                builder.setRestoredState(restored);
            }
            node = builder.build();
        }

        private boolean isOver() {
            return host.life != this;
        }

        private void run(Runnable task) {
            if (!isOver()) {
                task.run();
            }
        }

        @Override
        public void execute(Runnable task) {
            time.after(0, () -> run(task));
        }

        @Override
        public void submit(Runnable task) {
            time.after(0, () -> run(task));
        }

        @Override
        public void schedule(Runnable task, long delay, TimeUnit unit) {
            time.after(unit.toNanos(delay), () -> run(task));
        }

        @Override
        public void send(RaftEndpoint target, RaftMessage message) {
            int to = ((Endpoint) target).node();
            network.send(
                    host.node,
                    to,
                    () -> {
                        Life receiver = hosts.get(to).life;
                        if (receiver != null) {
                            receiver.node.handle(message);
                        }
                    });
        }

        @Override
        public boolean isReachable(RaftEndpoint endpoint) {
            return true;
        }

        @Override
        public Object runOperation(long commitIndex, Object operation) {
            if (!operation.equals(NEW_TERM)) {
                applied.add((String) operation);
            }
            return operation;
        }

        @Override
        public void takeSnapshot(long commitIndex, Consumer<Object> chunks) {
            throw new IllegalStateException("not a part of this test");
        }

        @Override
        public void installSnapshot(long commitIndex, List<Object> chunks) {
            throw new IllegalStateException("not a part of this test");
        }

        @Override
        public Object getNewTermOperation() {
            return NEW_TERM;
        }
    }

    private final class VirtualClock extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis());
        }

        @Override
        public long millis() {
            return 1_700_000_000_000L + time.nowNanos() / 1_000_000;
        }
    }

    /// Keeps what was flushed.
    private static final class Store implements RaftStore {
        private @Nullable RaftEndpointPersistentState endpoint;
        private @Nullable RaftGroupMembersView members;
        private @Nullable RaftTermPersistentState term;
        private List<LogEntry> written = new ArrayList<>();
        private List<LogEntry> flushed = List.of();

        void crash() {
            written = new ArrayList<>(flushed);
        }

        @Nullable RestoredRaftState restored() {
            RaftEndpointPersistentState self = endpoint;
            RaftGroupMembersView group = members;
            RaftTermPersistentState latest = term;
            return self == null || group == null || latest == null
                    ? null
                    : new RestoredRaftState(self, group, latest, null, List.copyOf(flushed));
        }

        @Override
        public void persistAndFlushLocalEndpoint(RaftEndpointPersistentState state) {
            endpoint = state;
        }

        @Override
        public void persistAndFlushInitialGroupMembers(RaftGroupMembersView view) {
            members = view;
        }

        @Override
        public void persistAndFlushTerm(RaftTermPersistentState state) {
            term = state;
        }

        @Override
        public void persistLogEntries(List<LogEntry> entries) {
            written.addAll(entries);
        }

        @Override
        public void truncateLogEntriesFrom(long index) {
            written.removeIf(entry -> entry.getIndex() >= index);
        }

        @Override
        public void flush() {
            flushed = List.copyOf(written);
        }

        @Override
        public void persistSnapshotChunk(SnapshotChunk chunk) {
            throw new IllegalStateException("not a part of this test");
        }

        @Override
        public void truncateLogEntriesUntil(long index) {
            throw new IllegalStateException("not a part of this test");
        }

        @Override
        public void deleteSnapshotChunks(long index, int count) {
            throw new IllegalStateException("not a part of this test");
        }
    }
}
