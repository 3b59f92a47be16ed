package dev.quorate.node.liveness;

import dev.quorate.node.supervision.SupervisedThread;
import dev.quorate.node.supervision.SupervisedThread.Backoff;
import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.MemberStatus;
import dev.quorate.swim.Members;
import dev.quorate.swim.MembershipSubscriber;
import dev.quorate.swim.Swim;
import dev.quorate.swim.SwimConfig;
import dev.quorate.swim.SwimEffect;
import dev.quorate.swim.SwimInput;
import dev.quorate.swim.SwimPacket;
import dev.quorate.swim.SwimView;
import dev.quorate.swim.Transition;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.wire.MalformedFrame;
import dev.quorate.wire.SwimCodec;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that owns a [Swim]: not the reactor's, so that long turns of the reactor are not
/// taken for the death of others, nor others' probes answered late because of them.
///
/// A failure starts the detector anew: all it knows is hearsay, and is heard again.
///
/// What comes in waits in a bounded queue; what does not fit is lost, as on the network. All public
/// methods may be called from any thread.
public final class LivenessLane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LivenessLane.class);
    private static final int INPUTS_MAX = 4_096;
    private static final long PUBLISH_NANOS = Duration.ofSeconds(1).toNanos();

    private final Identity identity;
    private final Parts parts;
    private final SwimConfig config;
    private final SupervisedThread thread;
    private final BlockingQueue<SwimInput> inputs = new ArrayBlockingQueue<>(INPUTS_MAX);
    private final AtomicReference<@Nullable Members> members = new AtomicReference<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private volatile @Nullable Datagrams datagrams;
    private volatile SwimView view;
    private volatile boolean leaving;
    private volatile boolean stopping;
    private Swim swim;
    private long membersVersion;
    private long publishedNanos;

    /// Who this node is.
    ///
    /// @param incarnation its boot epoch, raised durably at this start, and count 0
    public record Identity(ClusterId cluster, NodeId self, Incarnation incarnation) {}

    /// Who is told what.
    ///
    /// @param subscribers hear every change, on the lane's thread; must not block
    /// @param remember told of a raised incarnation; must not block
    public record Parts(List<MembershipSubscriber> subscribers, Consumer<Incarnation> remember) {
        public Parts {
            subscribers = List.copyOf(subscribers);
        }
    }

    private LivenessLane(SwimConfig config, Identity identity, Parts parts) {
        this.identity = identity;
        this.parts = parts;
        this.config = config;
        swim = newSwim();
        view = swim.view();
        thread = new SupervisedThread("quorate-liveness", Backoff.DEFAULT, this::live);
    }

    /// A lane that is not running yet: it is given a way out by [#start].
    public static LivenessLane create(SwimConfig config, Identity identity, Parts parts) {
        return new LivenessLane(config, identity, parts);
    }

    /// Starts the lane.
    public void start(Datagrams carrier) {
        datagrams = carrier;
        thread.start();
    }

    private static Moment now() {
        Instant wall = Instant.now();
        return new Moment(
                System.nanoTime(), wall.getEpochSecond() * 1_000_000 + wall.getNano() / 1_000);
    }

    /// Group 0 says who belongs to the cluster. Never lost: the newest list counts.
    public void members(Members newest) {
        members.accumulateAndGet(newest, (held, given) -> isNewer(held, newest) ? newest : held);
        inputs.offer(new SwimInput.Wakeup());
    }

    private static boolean isNewer(@Nullable Members held, Members given) {
        return held == null || given.version() > held.version();
    }

    /// A link came up.
    public void linkUp(NodeId peer) {
        inputs.offer(new SwimInput.LinkUp(peer));
    }

    /// A link broke.
    public void linkDown(NodeId peer) {
        inputs.offer(new SwimInput.LinkDown(peer));
    }

    /// A request on a link was answered.
    public void answered(NodeId peer, long rttNanos) {
        inputs.offer(new SwimInput.RttSample(peer, rttNanos));
    }

    /// A datagram came.
    ///
    /// @param from the sender, as the link proves it
    public void received(NodeId from, ByteBuffer datagram) {
        try {
            SwimPacket packet = SwimCodec.decode(datagram);
            if (packet.from().equals(from)) {
                inputs.offer(new SwimInput.Received(packet));
            }
        } catch (MalformedFrame malformed) {
            LOG.debug("A datagram of {} is not understood: {}", from, malformed.getMessage());
        }
    }

    /// What is believed of all others; at most a second old.
    public SwimView view() {
        return view;
    }

    /// What is believed of a member; null for strangers and this node itself. At most a second old.
    public @Nullable Liveness livenessOf(NodeId member) {
        for (MemberStatus status : view.members()) {
            if (status.id().equals(member)) {
                return status.state();
            }
        }
        return null;
    }

    /// Why the detector does not run just now; empty while it does.
    public String trouble() {
        return thread.trouble();
    }

    /// Begins to say goodbye; returns at once.
    public void beginLeave() {
        leaving = true;
        inputs.offer(new SwimInput.Wakeup());
    }

    /// Waits until the goodbye that [#beginLeave] began was told, at most as long as given; without
    /// one, not at all.
    public void awaitLeft(Duration patience) {
        if (!leaving) {
            return;
        }
        try {
            left.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException slow) {
            LOG.info("The goodbye was not told to everybody within {}", patience);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// One life of the detector. It remembers nothing of a former one but who the members are.
    private void live() throws InterruptedException {
        Swim former = swim;
        Swim fresh = newSwim();
        swim = fresh;
        forget(former.view());
        membersVersion = -1;
        boolean told = false;
        while (!stopping) {
            long waitNanos = fresh.nextDeadlineNanos() - System.nanoTime();
            SwimInput input = inputs.poll(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
            Members newest = members.get();
            if (newest != null && newest.version() > membersVersion) {
                membersVersion = newest.version();
                step(new SwimInput.MembersChanged(newest));
            }
            if (leaving && !told) {
                told = true;
                step(new SwimInput.Leave());
            }
            step(input == null ? new SwimInput.Wakeup() : input);
            if (fresh.nextDeadlineNanos() - System.nanoTime() <= 0) {
                step(new SwimInput.Wakeup());
            }
            publish();
        }
        left.complete(null);
    }

    /// What a former life believed is believed no more: everybody is presumed alive, until seen.
    private void forget(SwimView believed) {
        for (MemberStatus status : believed.members()) {
            if (status.state() != Liveness.ALIVE) {
                tell(
                        new Transition(
                                status.id(), status.state(), Liveness.ALIVE, status.incarnation()));
            }
        }
    }

    private void tell(Transition transition) {
        for (MembershipSubscriber subscriber : parts.subscribers()) {
            subscriber.changed(transition);
        }
    }

    private Swim newSwim() {
        return new Swim(
                config,
                identity.cluster(),
                identity.self(),
                identity.incarnation(),
                new SecureRandom(),
                now());
    }

    private void step(SwimInput input) {
        swim.step(now(), input, this::execute);
    }

    private void execute(SwimEffect effect) {
        switch (effect) {
            case SwimEffect.Send(SwimPacket packet) -> send(packet);
            case SwimEffect.Changed change -> {
                LOG.info(
                        "{} is {} (was {}, incarnation {})",
                        change.transition().member(),
                        change.transition().after(),
                        change.transition().before(),
                        change.transition().incarnation());
                publishedNanos = System.nanoTime() - PUBLISH_NANOS;
                tell(change.transition());
            }
            case SwimEffect.RaiseIncarnation(Incarnation incarnation) ->
                    parts.remember().accept(incarnation);
            case SwimEffect.LeaveCompleted _ -> left.complete(null);
        }
    }

    private void send(SwimPacket packet) {
        Datagrams carrier = datagrams;
        if (carrier != null) {
            ByteBuffer datagram = ByteBuffer.allocate(packet.bytes());
            SwimCodec.encode(packet, datagram);
            carrier.send(packet.to(), datagram.flip());
        }
    }

    private void publish() {
        long nowNanos = System.nanoTime();
        if (nowNanos - publishedNanos >= PUBLISH_NANOS) {
            publishedNanos = nowNanos;
            view = swim.view();
        }
    }

    /// Who this node is.
    public NodeId self() {
        return identity.self();
    }

    /// Stops the lane, said goodbye or not. The carrier is the caller's to close, before or after.
    @Override
    public void close() {
        stopping = true;
        inputs.offer(new SwimInput.Wakeup());
        thread.join();
        left.complete(null);
    }
}
