package dev.quorate.sim;

import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerCodec;
import dev.quorate.wire.PeerMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The links between nodes: messages travel as bytes and may be lost, repeated, late and out of
/// order; each direction may be cut.
///
/// Nodes are told of links that come and go, late and not always, as a real transport does.
final class SimNetwork {
    /// What the network needs from a node.
    interface Endpoint {
        boolean isUp();

        /// Grows with every start of the process.
        int incarnation();

        void receive(NodeId from, PeerMessage message);

        /// Tells it of its links.
        void post(NodeInput input);

        /// What it knows of the cluster; null while it is down.
        @Nullable MetadataView view();

        /// The snapshot that a peer asks for; null if it is not served.
        SimSnapshots.@Nullable Content serve(NodeEffect.FetchSnapshot fetch);
    }

    private static final int DOWN = -1;

    private final World world;
    private final Prng random;
    final Detectors detectors;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final boolean[][] cut;
    private final int[][] told;
    private final boolean[][] checking;
    private final Map<GroupId, NodeId> silenced = new TreeMap<>();
    private long sent;
    private long sentBytes;

    /// @param nodes most that will ever be attached
    SimNetwork(World world, int nodes) {
        this.world = world;
        random = world.random.fork();
        detectors = new Detectors(world, this);
        cut = new boolean[nodes][nodes];
        told = new int[nodes][nodes];
        checking = new boolean[nodes][nodes];
        for (int[] row : told) {
            Arrays.fill(row, DOWN);
        }
    }

    /// Adds the next node; its id is its position, from 1.
    void attach(Endpoint endpoint) {
        endpoints.add(endpoint);
    }

    void send(NodeId from, NodeId to, PeerMessage message) {
        ByteBuffer frame = ByteBuffer.allocate(PeerCodec.encodedBytes(message));
        PeerCodec.encode(message, frame);
        world.trace.bytes(frame.array(), frame.position());
        sent++;
        sentBytes += frame.position();
        frame.flip().position(Integer.BYTES);
        Faults faults = world.faults;
        if (isCut(from, to)
                || isSilenced(from, to, message)
                || random.chance(faults.of(FaultKind.LOSS))) {
            return;
        }
        deliverLater(from, to, frame);
        // a link never repeats a frame; Raft must stand it all the same, a forwarded write need not
        if (message instanceof PeerMessage.Raft && random.chance(faults.of(FaultKind.REPEAT))) {
            deliverLater(from, to, frame);
        }
    }

    /// Carries a snapshot to `to`, if the two can reach each other.
    SimSnapshots.@Nullable Content fetch(NodeId to, NodeId from, NodeEffect.FetchSnapshot fetch) {
        Endpoint source = endpoints.get(slot(from));
        boolean reachable = source.isUp() && !isCut(from, to) && !isCut(to, from);
        return reachable && !random.chance(world.faults.of(FaultKind.LOSS))
                ? source.serve(fetch)
                : null;
    }

    private void deliverLater(NodeId from, NodeId to, ByteBuffer frame) {
        Faults faults = world.faults;
        long delayNanos = random.between(faults.delayMin(), faults.delays().delayMax());
        if (random.chance(faults.of(FaultKind.LATE))) {
            delayNanos += random.nextLong(2_000_000_000L);
        }
        world.agenda.after(delayNanos, () -> deliver(from, to, frame));
    }

    private void deliver(NodeId from, NodeId to, ByteBuffer frame) {
        Endpoint target = endpoints.get(slot(to));
        if (target.isUp() && !isCut(from, to)) {
            PeerMessage message = PeerCodec.decode(frame.slice());
            if (message instanceof PeerMessage.Gossip(Bytes datagram)) {
                detectors.heard(to, datagram);
            } else {
                target.receive(from, message);
            }
        }
    }

    /// Cuts one direction.
    void cut(NodeId from, NodeId to) {
        world.event(0, "cut " + from + " to " + to);
        cut[slot(from)][slot(to)] = true;
        refresh();
    }

    /// Loses what the group's replica on this node says and is told by other replicas; all other
    /// messages of the node travel.
    void silence(GroupId group, NodeId node) {
        world.event(0, "silence " + group + " on " + node);
        silenced.put(group, node);
    }

    private boolean isSilenced(NodeId from, NodeId to, PeerMessage message) {
        if (silenced.isEmpty() || !(message instanceof PeerMessage.Raft raft)) {
            return false;
        }
        NodeId node = silenced.get(raft.group());
        return from.equals(node) || to.equals(node);
    }

    /// Cuts both directions between the nodes of a side and all others.
    void partition(List<NodeId> side) {
        world.event(0, "partition " + side);
        for (int a = 0; a < endpoints.size(); a++) {
            for (int b = 0; b < endpoints.size(); b++) {
                cut[a][b] |= side.contains(new NodeId(a + 1)) != side.contains(new NodeId(b + 1));
            }
        }
        refresh();
    }

    /// Mends everything.
    void heal() {
        world.event(0, "network healed");
        for (boolean[] row : cut) {
            Arrays.fill(row, false);
        }
        silenced.clear();
        refresh();
    }

    /// Mends the cut links one after the other, in any order, over up to two seconds; those that
    /// are cut in the meantime too.
    void healOneByOne() {
        world.event(0, "links come back one by one");
        for (int a = 0; a < cut.length; a++) {
            for (int b = 0; b < cut.length; b++) {
                if (cut[a][b]) {
                    int from = a;
                    int to = b;
                    world.agenda.after(
                            random.nextLong(2_000_000_000L),
                            () -> {
                                cut[from][to] = false;
                                refresh();
                            });
                }
            }
        }
    }

    boolean isCut(NodeId from, NodeId to) {
        return cut[slot(from)][slot(to)];
    }

    /// Looks, soon, which links have changed. To be called after a start, a crash or a cut.
    void refresh() {
        for (int a = 0; a < endpoints.size(); a++) {
            for (int b = 0; b < endpoints.size(); b++) {
                if (a != b && !checking[a][b] && told[a][b] != state(a, b)) {
                    checking[a][b] = true;
                    int from = a;
                    int to = b;
                    long most = random.chance(0.7) ? 5_000_000L : 1_500_000_000L;
                    world.agenda.after(random.nextLong(most), () -> tell(from, to));
                }
            }
        }
    }

    /// A node started: it knows of no link yet.
    void forget(NodeId node) {
        Arrays.fill(told[slot(node)], DOWN);
    }

    private void tell(int a, int b) {
        checking[a][b] = false;
        int now = state(a, b);
        Endpoint endpoint = endpoints.get(a);
        if (!endpoint.isUp() || told[a][b] == now) {
            return;
        }
        if (told[a][b] != DOWN) {
            endpoint.post(new NodeInput.LinkChanged(new NodeId(b + 1), false));
            detectors.link(new NodeId(a + 1), new NodeId(b + 1), false);
        }
        told[a][b] = now;
        if (now != DOWN) {
            greet(a, b);
        }
    }

    /// The one that is dialled looks who that is.
    private void greet(int a, int b) {
        NodeId peer = new NodeId(b + 1);
        String gone = whyGone(a, b);
        if (gone == null) {
            endpoints.get(a).post(new NodeInput.LinkChanged(peer, true));
            detectors.link(new NodeId(a + 1), peer, true);
        } else {
            endpoints.get(a).post(new NodeInput.TurnedAway(peer, gone));
        }
    }

    /// Why `a` is part of the cluster no more, as `b` knows; null if it may be.
    private @Nullable String whyGone(int a, int b) {
        MetadataView view = endpoints.get(b).view();
        NodeId node = new NodeId(a + 1);
        return view == null ? null : view.whyGone(node, Ticket.record(node).spkiPin());
    }

    /// A node knows more of the others: it looks again whom it has on its links.
    void judgeAgain(NodeId node) {
        int b = slot(node);
        for (int a = 0; a < endpoints.size(); a++) {
            int from = a;
            if (a != b && told[a][b] != DOWN && whyGone(a, b) != null) {
                world.agenda.after(
                        random.nextLong(5_000_000L),
                        () -> {
                            if (told[from][b] != DOWN) {
                                greet(from, b);
                            }
                        });
            }
        }
    }

    /// The peer's incarnation, or [#DOWN].
    private int state(int a, int b) {
        boolean up = endpoints.get(a).isUp() && endpoints.get(b).isUp() && !cut[a][b] && !cut[b][a];
        return up ? endpoints.get(b).incarnation() : DOWN;
    }

    long sent() {
        return sent;
    }

    long sentBytes() {
        return sentBytes;
    }

    private static int slot(NodeId node) {
        return (int) node.value() - 1;
    }
}
