package dev.quorate.sim;

import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Members;
import dev.quorate.swim.Swim;
import dev.quorate.swim.SwimConfig;
import dev.quorate.swim.SwimEffect;
import dev.quorate.swim.SwimInput;
import dev.quorate.swim.SwimPacket;
import dev.quorate.swim.Transition;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import dev.quorate.wire.SwimCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The nodes' failure detectors, beside their consensus and over the same links, members from what
/// each node has applied of group 0. Off unless asked for: no story hangs on what they say.
final class Detectors {
    private static final ClusterId CLUSTER = new ClusterId(1, 1);

    /// What one node came to believe of another.
    record Belief(NodeId observer, Transition transition) {}

    private final World world;
    private final SimNetwork network;
    private final TreeMap<NodeId, Running> running = new TreeMap<>();
    private final List<Belief> beliefs = new ArrayList<>();
    private boolean on;

    /// One of them, until its process dies; of its planned wake-ups only the last one counts.
    private static final class Running {
        final SimNode node;
        final Swim swim;
        int planned;

        Running(SimNode node, Swim swim) {
            this.node = node;
            this.swim = swim;
        }
    }

    Detectors(World world, SimNetwork network) {
        this.world = world;
        this.network = network;
    }

    /// Nodes that start from now on have one.
    void use() {
        on = true;
    }

    void started(SimNode node) {
        if (on) {
            Incarnation life = new Incarnation(node.incarnation(), 0);
            Prng random = world.random.fork();
            Swim swim = new Swim(SwimConfig.DEFAULT, CLUSTER, node.id(), life, random, node.now());
            running.put(node.id(), new Running(node, swim));
        }
    }

    void crashed(NodeId node) {
        running.remove(node);
    }

    void members(NodeId node, MetadataView view) {
        List<NodeId> ids = view.topology().nodes().stream().map(NodeInfo::id).toList();
        input(node, new SwimInput.MembersChanged(new Members(view.index(), ids)));
    }

    void link(NodeId node, NodeId peer, boolean up) {
        input(node, up ? new SwimInput.LinkUp(peer) : new SwimInput.LinkDown(peer));
    }

    void heard(NodeId node, Bytes datagram) {
        input(node, new SwimInput.Received(SwimCodec.decode(datagram.asBuffer())));
    }

    private void input(NodeId node, SwimInput input) {
        Running here = running.get(node);
        if (here != null) {
            here.swim.step(here.node.now(), input, effect -> execute(here, effect));
            plan(here);
        }
    }

    private void execute(Running here, SwimEffect effect) {
        switch (effect) {
            case SwimEffect.Send(SwimPacket packet) -> {
                ByteBuffer datagram = ByteBuffer.allocate(packet.bytes());
                SwimCodec.encode(packet, datagram);
                Bytes bytes = Bytes.wrap(datagram.array());
                network.send(here.node.id(), packet.to(), new PeerMessage.Gossip(bytes));
            }
            case SwimEffect.Changed(Transition transition) ->
                    beliefs.add(new Belief(here.node.id(), transition));
            case SwimEffect.RaiseIncarnation _, SwimEffect.LeaveCompleted _ -> {}
        }
    }

    private void plan(Running here) {
        int mine = ++here.planned;
        long inNanos = here.swim.nextDeadlineNanos() - here.node.now().nanos();
        here.node.plan(
                inNanos,
                () -> {
                    if (mine == here.planned && running.get(here.node.id()) == here) {
                        // a clock that runs slow comes here too early, which is harmless
                        input(here.node.id(), new SwimInput.Wakeup());
                    }
                });
    }

    /// What they came to believe, in order.
    List<Belief> beliefs() {
        return beliefs;
    }

    /// The node's own incarnation; null while it does not run.
    @Nullable Incarnation incarnation(NodeId node) {
        Running here = running.get(node);
        return here == null ? null : here.swim.incarnation();
    }
}
