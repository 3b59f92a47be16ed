package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.metadata.UnknownFields;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.identity.GroupZero;
import dev.quorate.node.supervision.SupervisedThread;
import dev.quorate.node.supervision.SupervisedThread.Backoff;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it that group 0 knows of this node's present life and where it is: proposes both after
/// each start, again and again until they are applied. Level-triggered, on a thread of its own.
final class Whereabouts {
    private static final Logger LOG = LoggerFactory.getLogger(Whereabouts.class);
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long IDLE_NANOS = Duration.ofSeconds(10).toNanos();

    private final NodeId self;
    private final long bootEpoch;
    private final QuorateConfig config;
    private final GroupZero groupZero;
    private final LaneQueue<MetadataView> news = new LaneQueue<>();
    private final SupervisedThread thread;

    Whereabouts(NodeId self, long bootEpoch, QuorateConfig config, GroupZero groupZero) {
        this.self = self;
        this.bootEpoch = bootEpoch;
        this.config = config;
        this.groupZero = groupZero;
        thread = new SupervisedThread("quorate-whereabouts", Backoff.DEFAULT, this::run);
    }

    void start() {
        thread.start();
    }

    /// Takes a new view of group 0; returns at once.
    void update(MetadataView view) {
        news.put(view);
    }

    /// Why nothing is done just now; empty while it is.
    String trouble() {
        return thread.trouble();
    }

    void close() {
        news.close();
        thread.join();
    }

    private void run() {
        while (!news.closed()) {
            boolean known = tell(groupZero.view());
            news.await(known ? IDLE_NANOS : LOOK_NANOS);
            while (news.poll() != null) {
                // only the newest counts, and that one is asked for
            }
        }
    }

    /// @return whether there is nothing to tell
    private boolean tell(MetadataView view) {
        NodeInfo recorded = view.topology().node(self);
        if (!view.founded() || recorded == null) {
            return false;
        }
        if (recorded.incarnation() >= bootEpoch) {
            return true;
        }
        NodeInfo now = present(recorded);
        Outcome outcome = groupZero.propose(new TopologyChange.Rejoin(now));
        if (outcome instanceof Outcome.Applied(var position, _, _, _)) {
            LOG.info("Group 0 knows where this node is now: {}", now.linksAddress());
            groupZero.await(position.index(), Duration.ofSeconds(1));
        } else {
            LOG.debug("the addresses of this node were not recorded: {}", outcome);
        }
        return false;
    }

    private NodeInfo present(NodeInfo recorded) {
        SortedMap<String, String> others = new TreeMap<>(recorded.addresses());
        put(others, "admin", config.doors().admin());
        String enrol = config.links().enrol();
        put(others, "enrol", enrol.equals(config.links().listen()) ? "" : enrol);
        return new NodeInfo(
                self,
                recorded.state(),
                recorded.spkiPin(),
                announced(config.links().listen(), recorded.linksAddress()),
                announced(config.doors().redis(), recorded.clientAddress()),
                others,
                recorded.labels(),
                Founders.WIRE,
                bootEpoch,
                UnknownFields.NONE);
    }

    private static void put(SortedMap<String, String> addresses, String purpose, String address) {
        String told = announced(address, addresses.getOrDefault(purpose, ""));
        if (told.isEmpty()) {
            addresses.remove(purpose);
        } else {
            addresses.put(purpose, told);
        }
    }

    /// What is told of an address that is listened at; one that tells nobody anything leaves what
    /// is known.
    static String announced(String listened, String recorded) {
        return listened.isEmpty() || Addresses.canBeCalled(listened) ? listened : recorded;
    }
}
