package dev.quorate.sim.swim;

import dev.quorate.sim.Prng;
import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.MemberStatus;
import dev.quorate.swim.Members;
import dev.quorate.swim.Swim;
import dev.quorate.swim.SwimConfig;
import dev.quorate.swim.SwimEffect;
import dev.quorate.swim.SwimInput;
import dev.quorate.swim.SwimPacket;
import dev.quorate.swim.SwimView;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.SwimCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/// A cluster of failure detectors in simulated time; node ids count from 1. Packets travel as bytes
/// and may be lost; each direction between two nodes may be cut; processes crash, start again,
/// stall and leave; members come and go. Equal seeds give equal runs.
public final class SwimCluster {
    private final SwimConfig config;
    private final ClusterId id;
    private final Prng random;
    private final SwimTimeline timeline = new SwimTimeline();
    private final List<SwimNode> nodes = new ArrayList<>();
    private final List<NodeId> members = new ArrayList<>();
    private final List<Observation> observations = new ArrayList<>();
    private final List<NodeId> gone = new ArrayList<>();
    private final boolean[][] cut;
    private final Duration delayMin = Duration.ofNanos(200_000);
    private final Duration delayMax = Duration.ofMillis(2);
    private long membersVersion;
    private double loss;
    private long packets;
    private int longestBytes;

    /// Starts all members at once.
    ///
    /// @param nodes how many members there are
    /// @param spare how many more may [#join]
    public SwimCluster(long seed, int nodes, int spare, SwimConfig config) {
        this.config = config;
        random = new Prng(seed);
        id = new ClusterId(random.nextLong(), random.nextLong());
        cut = new boolean[nodes + spare][nodes + spare];
        SwimNode.Surroundings surroundings = new Surrounding();
        for (int i = 1; i <= nodes + spare; i++) {
            this.nodes.add(
                    new SwimNode(new NodeId(i), config, id, random.fork(), timeline, surroundings));
        }
        for (int i = 1; i <= nodes; i++) {
            members.add(new NodeId(i));
        }
        membersVersion = 1;
        for (NodeId member : members) {
            node(member).start(roster());
        }
    }

    private final class Surrounding implements SwimNode.Surroundings {
        @Override
        public void send(SwimPacket packet) {
            transmit(packet);
        }

        @Override
        public void changed(NodeId observer, SwimEffect.Changed change) {
            observations.add(new Observation(timeline.nowNanos(), observer, change.transition()));
        }

        @Override
        public void leftCompletely(NodeId node) {
            gone.add(node);
            timeline.at(timeline.nowNanos(), () -> node(node).crash());
        }
    }

    private void transmit(SwimPacket packet) {
        ByteBuffer datagram = ByteBuffer.allocate(packet.bytes());
        SwimCodec.encode(packet, datagram);
        if (datagram.hasRemaining() || packet.bytes() > config.limits().packetBytes()) {
            throw new IllegalStateException("length of " + packet);
        }
        packets++;
        longestBytes = Math.max(longestBytes, packet.bytes());
        if (isCut(packet.from(), packet.to()) || random.chance(loss)) {
            return;
        }
        timeline.at(
                timeline.nowNanos() + random.between(delayMin, delayMax),
                () -> node(packet.to()).receive(SwimCodec.decode(datagram.flip())));
    }

    /// Lets time pass.
    public void run(Duration time) {
        long endNanos = timeline.nowNanos() + time.toNanos();
        while (timeline.next(endNanos)) {}
    }

    /// Lets time pass until the condition holds, looking every 10 ms.
    ///
    /// @return whether it came to hold within `limit`
    public boolean runUntil(BooleanSupplier condition, Duration limit) {
        long endNanos = timeline.nowNanos() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (timeline.nowNanos() >= endNanos) {
                return false;
            }
            run(Duration.ofMillis(10));
        }
        return true;
    }

    /// Simulated nanoseconds since the start.
    public long nowNanos() {
        return timeline.nowNanos();
    }

    /// The chance that a packet is lost, from now on.
    public void loss(double chance) {
        loss = chance;
    }

    /// Cuts one direction.
    public void cut(NodeId from, NodeId to) {
        cut[slot(from)][slot(to)] = true;
    }

    /// Cuts both directions between the nodes of a side and all others.
    public void partition(List<NodeId> side) {
        for (SwimNode a : nodes) {
            for (SwimNode b : nodes) {
                if (side.contains(a.id()) != side.contains(b.id())) {
                    cut(a.id(), b.id());
                }
            }
        }
    }

    /// Mends all cuts.
    public void heal() {
        for (boolean[] row : cut) {
            Arrays.fill(row, false);
        }
    }

    private boolean isCut(NodeId from, NodeId to) {
        return cut[slot(from)][slot(to)];
    }

    /// Kills a process.
    public void crash(NodeId node) {
        node(node).crash();
    }

    /// Starts a process that is down, with the next boot epoch.
    public void restart(NodeId node) {
        node(node).start(roster());
    }

    /// Stops a process without killing it.
    public void stall(NodeId node) {
        node(node).stall();
    }

    /// Holds a process's packets back, in and out, while its timers run.
    public void starve(NodeId node) {
        node(node).starve();
    }

    /// Lets a stalled or starved process go on.
    public void resume(NodeId node) {
        node(node).resume();
    }

    /// Asks a node to say goodbye; its process ends when it has.
    public void leave(NodeId node) {
        node(node).input(new SwimInput.Leave());
    }

    /// Whether a node has said goodbye and ended.
    public boolean hasLeft(NodeId node) {
        return gone.contains(node);
    }

    /// Gives a node any input.
    public void input(NodeId node, SwimInput input) {
        node(node).input(input);
    }

    /// Group 0 takes a new member in; nodes hear of it at random times within a second, the
    /// newcomer itself at once.
    public void join(NodeId newcomer) {
        members.add(newcomer);
        membersVersion++;
        node(newcomer).start(roster());
        announce();
    }

    /// Group 0 removes a member.
    public void remove(NodeId member) {
        members.remove(member);
        membersVersion++;
        announce();
    }

    private void announce() {
        SwimInput changed = new SwimInput.MembersChanged(roster());
        for (NodeId member : members) {
            timeline.at(
                    timeline.nowNanos() + random.nextLong(1_000_000_000L),
                    () -> node(member).input(changed));
        }
    }

    private Members roster() {
        return new Members(membersVersion, members);
    }

    /// Members whose process is up.
    public List<NodeId> up() {
        return members.stream().filter(member -> node(member).isUp()).toList();
    }

    /// Members whose process is down.
    public List<NodeId> down() {
        return members.stream().filter(member -> !node(member).isUp()).toList();
    }

    /// What a running node believes.
    public SwimView viewOf(NodeId observer) {
        return running(observer).view();
    }

    /// What a running node believes of a member.
    public Liveness belief(NodeId observer, NodeId member) {
        return Objects.requireNonNull(running(observer).livenessOf(member));
    }

    /// Whether every running member believes this of the given one.
    public boolean allBelieve(NodeId member, Liveness state) {
        return up().stream()
                .filter(observer -> !observer.equals(member))
                .allMatch(observer -> belief(observer, member) == state);
    }

    /// Whether every running member believes every running member alive, and every other one not.
    public boolean allAgree() {
        List<NodeId> up = up();
        for (NodeId observer : up) {
            List<MemberStatus> statuses = viewOf(observer).members();
            if (statuses.size() != members.size() - 1) {
                return false;
            }
            for (MemberStatus status : statuses) {
                boolean alive = status.state() == Liveness.ALIVE;
                boolean present = status.state().isPresent();
                boolean isUp = up.contains(status.id());
                if (isUp ? !alive : present) {
                    return false;
                }
            }
        }
        return true;
    }

    /// A running node's own incarnation.
    public Incarnation incarnation(NodeId node) {
        return running(node).incarnation();
    }

    /// All changes of mind so far, in order.
    public List<Observation> observations() {
        return List.copyOf(observations);
    }

    /// Packets sent so far.
    public long packets() {
        return packets;
    }

    /// Length of the longest packet so far, in bytes.
    public int longestPacketBytes() {
        return longestBytes;
    }

    private Swim running(NodeId node) {
        return Objects.requireNonNull(node(node).swim(), node + " is down");
    }

    private SwimNode node(NodeId node) {
        return nodes.get(slot(node));
    }

    private static int slot(NodeId node) {
        return (int) node.value() - 1;
    }
}
