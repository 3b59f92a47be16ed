package dev.quorate.node;

import dev.quorate.api.StateMachineFactory;
import dev.quorate.core.GroupStatus;
import dev.quorate.core.NodeCore;
import dev.quorate.core.NodeInput;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.node.NodeStatus.Counts;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.ClusterCatalog;
import dev.quorate.node.directory.LeftMark;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.NodeDirectory.Begun;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.node.identity.GroupZero;
import dev.quorate.node.liveness.LinkDatagrams;
import dev.quorate.node.liveness.LivenessLane;
import dev.quorate.node.supervision.Subsystem;
import dev.quorate.node.supervision.Subsystems;
import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Members;
import dev.quorate.swim.SwimConfig;
import dev.quorate.transport.Links;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The parts of a running node, put together in order and taken apart in reverse.
final class NodeParts {
    private static final Logger LOG = LoggerFactory.getLogger(NodeParts.class);
    private static final Duration GRACE = Duration.ofMillis(500);
    // far longer than any part takes: a part that hangs must not hold the process for ever
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration GOODBYE = Duration.ofSeconds(2);
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
    private final LivenessLane liveness;
    private final Reactor reactor;
    private final Door door;
    private final Membership membership;
    private final @Nullable ClusterSecurity security;
    private final Subsystems subsystems;
    private volatile boolean secured;
    private final Duration drain;
    private final NodeDirectory directory;
    private final AtomicBoolean dismissal = new AtomicBoolean();

    private NodeParts(
            NodeStart start,
            StateMachineFactory factory,
            SnapshotTransfer transfer,
            OpenJournal opened,
            Subsystems subsystems) {
        this.subsystems = subsystems;
        drain = start.drain();
        directory = start.directory();
        Begun begun = start.begin(opened.journal());
        catalog = begun.catalog();
        health.move(
                switch (begun.way()) {
                    case FOUNDS -> new Lifecycle.Bootstrapping();
                    case RETURNS -> new Lifecycle.Restarting();
                    case JOINS -> new Lifecycle.Joining(1);
                });
        view = new ViewTracker(catalog.cluster(), catalog.self());
        port = new MetadataPort(view);
        Whereabouts whereabouts = start.whereabouts(catalog, port);
        NodeCore core = start.core(begun);

        journal = JournalLane.start(opened, begun.hosted(), mailbox);
        // the lane closes what it was given
        subsystems.handedOver(Subsystem.of("journal", List.of(), LONG, journal::close));
        OpenSnapshots store = start.openSnapshots(begun);
        runs("snapshots", store::close);
        Snapshots snapshots = Snapshots.start(catalog.self(), store.store(), transfer, mailbox);
        runs("transfers", snapshots::close, "snapshots");
        ApplyLanes machines = start.machines(begun, factory, snapshots, mailbox);
        runs("machines", machines::close, "transfers");
        MetadataLane metadataLane =
                MetadataLane.start(start.directory().metadata(), snapshots, mailbox);
        subsystems.started(
                Subsystem.of("metadata", List.of("transfers"), LONG, metadataLane::close)
                        .troubledBy(metadataLane::trouble));
        PeerBook peers = new PeerBook(catalog, start.directory());
        subsystems.started(
                Subsystem.of("peers", List.of(), LONG, peers::close).troubledBy(peers::trouble));
        links = start.links(catalog, peers, adapter);
        adapter.answerOn(links);
        if (transfer instanceof BulkTransfer bulk) {
            bulk.attach(links.bulk());
        }
        runs("links", links::close, "peers");
        start.sayWhere(catalog, adapter, peers);
        liveness = liveness();
        adapter.tell(liveness);
        subsystems.started(
                Subsystem.of("liveness", List.of("links"), LONG, this::endLiveness)
                        .troubledBy(liveness::trouble));
        reactor =
                Reactor.start(
                        core,
                        new Reactor.Parts(
                                mailbox,
                                journal,
                                machines,
                                metadataLane,
                                snapshots,
                                new PeerOutbox(links),
                                view,
                                traces,
                                news -> {
                                    peers.update(news);
                                    port.update(news);
                                    whereabouts.update(news);
                                    liveness.members(members(news));
                                },
                                this::look,
                                this::dismissed,
                                health::failed));
        runs(
                "reactor",
                () -> reactor.close(GRACE),
                "journal",
                "machines",
                "metadata",
                "transfers",
                "links");
        liveness.start(new LinkDatagrams(links));
        peers.start(links);
        door = new Door(reactor, catalog.bootEpoch() << BOOT_EPOCH_SHIFT, health::whyClosed);
        port.open(door);
        membership = new Membership(port, view::view);
        security = start.security(catalog, peers, port);
        if (security != null) {
            runs("identity", security::close, "reactor", "links", "peers");
        }
        whereabouts.start();
        subsystems.started(
                Subsystem.of("whereabouts", List.of("reactor"), LONG, whereabouts::close)
                        .troubledBy(whereabouts::trouble));
        secured = true;
    }

    private void runs(String name, Runnable stop, String... needs) {
        subsystems.started(Subsystem.of(name, List.of(needs), LONG, stop));
    }

    private void endLiveness() {
        liveness.awaitLeft(GOODBYE);
        liveness.close();
    }

    private LivenessLane liveness() {
        return LivenessLane.create(
                SwimConfig.DEFAULT,
                new LivenessLane.Identity(
                        catalog.cluster(), catalog.self(), new Incarnation(catalog.bootEpoch(), 0)),
                new LivenessLane.Parts(
                        List.of(transition -> {
                            view.livenessChanged(transition);
                            mailbox.nudge();
                        }),
                        // the boot epoch alone makes the next life newer than this one
                        incarnation -> {}));
    }

    private static Members members(MetadataView news) {
        return new Members(
                news.index(), news.topology().nodes().stream().map(NodeInfo::id).toList());
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
        Subsystems subsystems = new Subsystems();
        OpenJournal journal = start.openJournal();
        subsystems.started(Subsystem.of("journal", List.of(), LONG, journal::close));
        try {
            NodeParts parts = new NodeParts(start, factory, transfer, journal, subsystems);
            parts.health.onFailure(parts::takeApart);
            if (parts.health.lifecycle() instanceof Lifecycle.Failed) {
                // it failed before it could be told what to do then
                parts.takeApart();
            }
            return parts;
        } catch (RuntimeException | Error failure) {
            subsystems.stopAll();
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

    Membership membership() {
        return membership;
    }

    /// Certificates and tokens; null on a node without links.
    @Nullable ClusterSecurity security() {
        return security;
    }

    /// The cluster has let the node go: it must never start again, and stops.
    private void dismissed(String why) {
        if (!dismissal.compareAndSet(false, true)) {
            return;
        }
        Thread.ofPlatform()
                .name("quorate-dismissed")
                .start(() -> {
                    LeftMark mark = new LeftMark(catalog.cluster(), catalog.self(), why);
                    try {
                        directory.leave(mark);
                    } catch (IOException failure) {
                        // its key is of no use any more, so a start would come to nothing, too
                        LOG.warn("{} could not be written", directory.left(), failure);
                    }
                    LOG.info("This node belongs to cluster {} no more: {}", catalog.cluster(), why);
                    close(() -> health.removed(why));
                });
    }

    /// Hands over what the node leads, while it goes on serving.
    void drain() {
        if (health.move(new Lifecycle.Draining())) {
            mailbox.post(new NodeInput.Drain());
            awaitHandedOver(System.nanoTime() + drain.toNanos());
            liveness.beginLeave();
        }
    }

    void close() {
        close(health::stopped);
    }

    private void close(Runnable end) {
        drain();
        if (health.move(new Lifecycle.Stopping())) {
            takeApart();
            end.run();
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
        subsystems.stopAll();
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
        if (trouble.isEmpty() && keeping != null) {
            trouble = keeping.trouble();
        }
        health.look(trouble.isEmpty() ? subsystems.trouble() : trouble, view.view().nodes().size());
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
                traces.refusals(),
                subsystems.states().stream()
                        .map(state -> new NodeStatus.Part(state.name(), state.trouble()))
                        .toList());
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
