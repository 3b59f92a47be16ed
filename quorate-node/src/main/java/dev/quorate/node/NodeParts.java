package dev.quorate.node;

import dev.quorate.api.StateMachineFactory;
import dev.quorate.core.GroupStatus;
import dev.quorate.core.NodeCore;
import dev.quorate.core.NodeInput;
import dev.quorate.node.NodeStatus.Counts;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.ClusterCatalog;
import dev.quorate.node.directory.NodeDirectory.Begun;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.node.identity.GroupZero;
import dev.quorate.transport.Links;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The parts of a running node, put together in order and taken apart in reverse.
final class NodeParts {
    private static final Duration GRACE = Duration.ofMillis(500);
    private static final int BOOT_EPOCH_SHIFT = 40;
    private static final long LOOK_NANOS = 5_000_000;

    private final long startedNanos = System.nanoTime();
    private final Health health = new Health();
    private final Mailbox mailbox = new Mailbox(Mailbox.Bounds.DEFAULT);
    private final TraceLog traces = new TraceLog();
    private final LinkAdapter adapter = new LinkAdapter(mailbox, traces);
    private final ClusterCatalog catalog;
    private final ViewTracker view;
    private final MetadataPort port;
    private final JournalLane journal;
    private final Links links;
    private final Reactor reactor;
    private final Door door;
    private final @Nullable ClusterSecurity security;
    // what to do, last first, to take the node apart
    private final Deque<Runnable> undo;
    private volatile boolean secured;
    private final Duration drain;
    private final AtomicBoolean draining = new AtomicBoolean();

    private NodeParts(
            NodeStart start,
            StateMachineFactory factory,
            SnapshotTransfer transfer,
            OpenJournal opened,
            Deque<Runnable> undo) {
        this.undo = undo;
        drain = start.drain();
        Begun begun = start.begin(opened.journal());
        catalog = begun.catalog();
        health.move(begun.founding() ? new Lifecycle.Bootstrapping() : new Lifecycle.Restarting());
        view = new ViewTracker(catalog.cluster(), catalog.self());
        port = new MetadataPort(view);
        NodeCore core = start.core(begun);

        // the lane closes the journal
        undo.pop();
        journal = JournalLane.start(opened, begun.hosted(), mailbox);
        undo.push(journal::close);
        OpenSnapshots store = start.openSnapshots(begun);
        undo.push(store::close);
        Snapshots snapshots = Snapshots.start(store.store(), transfer, mailbox);
        undo.push(snapshots::close);
        ApplyLanes machines = start.machines(begun, factory, snapshots, mailbox);
        undo.push(machines::close);
        PeerBook peers = new PeerBook(catalog, start.directory().catalog());
        undo.push(peers::close);
        links = start.links(catalog, peers, adapter);
        adapter.answerOn(links);
        if (transfer instanceof BulkTransfer bulk) {
            bulk.attach(links.bulk());
        }
        undo.push(links::close);
        reactor =
                Reactor.start(
                        core,
                        new Reactor.Parts(
                                mailbox,
                                journal,
                                machines,
                                snapshots,
                                new PeerOutbox(links),
                                view,
                                traces,
                                news -> {
                                    peers.update(news);
                                    port.update(news);
                                },
                                this::look,
                                health::failed));
        undo.push(() -> reactor.close(GRACE));
        peers.start(links);
        door = new Door(reactor, catalog.bootEpoch() << BOOT_EPOCH_SHIFT, health::whyClosed);
        port.open(door);
        security = start.security(catalog, peers, port);
        if (security != null) {
            undo.push(security::close);
        }
        secured = true;
    }

    /// Starts all parts; if one fails, those before it are closed again.
    ///
    /// @param transfer carries snapshots between nodes
    /// @param offered what the node says that it understands
    static NodeParts start(
            QuorateConfig config,
            StateMachineFactory factory,
            SnapshotTransfer transfer,
            FeatureSet offered) {
        NodeStart start = new NodeStart(config, offered);
        Deque<Runnable> undo = new ArrayDeque<>();
        OpenJournal journal = start.openJournal();
        undo.push(journal::close);
        try {
            NodeParts parts = new NodeParts(start, factory, transfer, journal, undo);
            parts.health.onFailure(parts::takeApart);
            if (parts.health.lifecycle() instanceof Lifecycle.Failed) {
                // it failed before it could be told what to do then
                parts.takeApart();
            }
            return parts;
        } catch (RuntimeException | Error failure) {
            undo.forEach(Runnable::run);
            throw failure;
        }
    }

    Health health() {
        return health;
    }

    ViewTracker view() {
        return view;
    }

    /// Group 0, as this node has applied it.
    GroupZero groupZero() {
        return port;
    }

    Links links() {
        return links;
    }

    Door door() {
        return door;
    }

    /// Certificates and tokens; null on a node without links.
    @Nullable ClusterSecurity security() {
        return security;
    }

    void close() {
        if (health.lifecycle().serving() && draining.compareAndSet(false, true)) {
            mailbox.post(new NodeInput.Drain());
            awaitHandedOver(System.nanoTime() + drain.toNanos());
        }
        if (health.move(new Lifecycle.Stopping())) {
            takeApart();
            health.stopped();
        } else {
            health.ended().join();
        }
    }

    /// Waits until this node leads nothing that another one could lead. It goes on serving until
    /// then: who asks it for what it no longer leads is sent on.
    private void awaitHandedOver(long untilNanos) {
        while (leadsForOthers() && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    private boolean leadsForOthers() {
        ClusterView seen = view.view();
        return seen.groups().stream()
                .filter(group -> catalog.self().equals(group.leader()))
                .flatMap(group -> group.replicas().stream())
                .filter(node -> !node.equals(catalog.self()))
                .map(seen::node)
                .anyMatch(node -> node != null && node.linkUp());
    }

    private synchronized void takeApart() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    private void look() {
        // the reactor runs before all parts are there
        ClusterSecurity keeping = secured ? security : null;
        if (keeping != null) {
            keeping.nudge();
        }
        String trouble =
                switch (journal.room()) {
                    case NONE -> "the journal's disk is full; writes wait for space";
                    case LITTLE -> "the journal is short of room; writes are refused";
                    case ENOUGH -> view.trouble();
                };
        if (trouble.isEmpty() && secured) {
            trouble = troubled();
        }
        health.look(trouble.isEmpty() && keeping != null ? keeping.trouble() : trouble);
    }

    /// The first replica here that stands still, and how many do; empty when none does.
    private String troubled() {
        List<GroupStatus> troubled =
                reactor.groups().stream().filter(group -> group.trouble() != null).toList();
        return troubled.isEmpty()
                ? ""
                : "%d groups in trouble here, %s: %s"
                        .formatted(
                                troubled.size(),
                                troubled.getFirst().group(),
                                troubled.getFirst().trouble());
    }

    NodeStatus status() {
        ClusterView seen = view.view();
        return new NodeStatus(
                catalog.cluster(),
                catalog.self(),
                catalog.bootEpoch(),
                health.lifecycle(),
                Duration.ofNanos(System.nanoTime() - startedNanos),
                groups(),
                linksTo(seen),
                counts(),
                traces.events(),
                traces.refusals());
    }

    private List<NodeStatus.Group> groups() {
        List<NodeStatus.Group> groups = new ArrayList<>();
        for (GroupStatus group : reactor.groups()) {
            String role = group.role().name().toLowerCase(Locale.ROOT).replace('_', '-');
            groups.add(
                    new NodeStatus.Group(
                            group.group(),
                            role,
                            group.term(),
                            group.leader(),
                            nodes(group.configuration().voters()),
                            nodes(group.configuration().outgoing()),
                            nodes(group.configuration().learners()),
                            group.compacted().index() + 1,
                            group.last().index(),
                            group.commitIndex(),
                            group.appliedIndex(),
                            group.trouble() == null ? "" : group.trouble()));
        }
        return groups;
    }

    private static List<NodeId> nodes(List<Member> members) {
        return members.stream().map(Member::node).toList();
    }

    private List<NodeStatus.Link> linksTo(ClusterView seen) {
        List<NodeStatus.Link> peers = new ArrayList<>();
        for (ClusterView.Node node : seen.nodes()) {
            if (!node.id().equals(catalog.self())) {
                peers.add(new NodeStatus.Link(node.id(), node.links(), node.linkUp()));
            }
        }
        return peers;
    }

    private Counts counts() {
        Counters.Snapshot counted = reactor.counters();
        return new Counts(
                counted.turns(),
                counted.inputs(),
                counted.applied(),
                counted.rejected(),
                counted.unknown(),
                counted.pending(),
                journal.commits(),
                counted.sent(),
                counted.unsent(),
                adapter.received(),
                adapter.dropped(),
                adapter.malformed());
    }
}
