package dev.quorate.sim;

import dev.quorate.core.KeptMetadata;
import dev.quorate.core.LostReplica;
import dev.quorate.core.NodeConfig;
import dev.quorate.core.NodeConfig.Admission;
import dev.quorate.core.NodeCore;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.raft.Restored;
import dev.quorate.storage.GoneReplica;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import dev.quorate.types.GroupId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All of a node that outlives its process: the disk with the journal, state machines, snapshots,
/// the founding ticket, and a list of what is hosted.
final class SimStorage {
    private static final int ENTRY_BYTES_MAX = 100 << 10;

    /// A journal, with what was found in it.
    ///
    /// @param gone what was there once
    record Opened(Journal journal, List<StoredReplica> found, List<GoneReplica> gone) {
        List<ReplicaId> ended() {
            return gone.stream().map(GoneReplica::replica).toList();
        }

        List<LostReplica> lost() {
            return gone.stream()
                    .filter(one -> one.end() == GoneReplica.End.QUARANTINED)
                    .map(one -> new LostReplica(one.group(), one.replica(), one.cause()))
                    .toList();
        }
    }

    final SickDisk disk;
    final TreeMap<GroupId, RegisterMachine> machines = new TreeMap<>();
    final SimSnapshots snapshots = new SimSnapshots();
    boolean founded;

    /// What the node has kept of group 0's state.
    @Nullable KeptMetadata kept;

    private final World world;
    private final NodeId id;
    private final Ticket ticket;
    private final TreeMap<GroupId, ReplicaId> catalog = new TreeMap<>();
    private boolean hasTicket;

    /// Whether its disk was replaced: it may have forgotten what it once hosted.
    boolean wiped;

    SimStorage(World world, NodeId id, Ticket ticket, Prng random) {
        hasTicket = ticket.isFounder(id);
        this.world = world;
        this.id = id;
        this.ticket = ticket;
        disk = new SickDisk(world, random);
    }

    /// What founds a cluster; null once there is one, or without a ticket.
    @Nullable MetadataEntry founding() {
        return hasTicket && !founded ? ticket.batch() : null;
    }

    /// Opens the journal. Replicas of which it knows nothing any more are in quarantine (rule R7).
    /// At the first start ever, the ticket says what is here.
    Opened open() {
        JournalOptions options =
                JournalOptions.of(ticket.cluster(), id)
                        .withSegments(world.config.segmentBytes(), ENTRY_BYTES_MAX)
                        .withBudgetBytes(16L * world.config.segmentBytes());
        Journal journal = Journal.open(disk.disk(), options);
        journal.quarantineMissing(catalog);
        journal.recovered().forEach(stored -> created(stored.replica()));
        if (!journal.damages().isEmpty() || !journal.gone().isEmpty()) {
            return new Opened(journal, journal.recovered(), journal.gone());
        }
        List<StoredReplica> found = journal.recovered();
        Optional<ReplicaRecord> mine = ticket.metadataReplica(id);
        if (found.isEmpty() && hasTicket && mine.isPresent()) {
            found = found(journal, mine.get());
        }
        return new Opened(journal, found, journal.gone());
    }

    private List<StoredReplica> found(Journal journal, ReplicaRecord mine) {
        if (!founded) {
            journal.create(mine);
            journal.commit();
            created(mine);
            return List.of(new StoredReplica(mine, Restored.NOTHING));
        }
        if (!world.isLoser(id)) {
            throw world.unsafe(id + " was founded, and its journal is empty");
        }
        return List.of();
    }

    /// The node's machine, as a start finds it.
    NodeCore boot(Opened opened, Prng random, Moment now) {
        NodeConfig config =
                new NodeConfig(
                                id,
                                world.config.timing(),
                                world.config.raftLimits(),
                                world.config.limits(),
                                founding())
                        .withPlacement(world.placement)
                        .withAdmission(wiped ? Admission.STRANGER : Admission.MEMBER);
        return new NodeCore(
                config, random, now, opened.found(), opened.ended(), opened.lost(), kept);
    }

    /// A replica was created, durably.
    void created(ReplicaRecord replica) {
        catalog.put(replica.group(), replica.self());
    }

    /// Keeps only the state machines of these replicas, as a start does.
    void keepOnly(List<StoredReplica> found) {
        machines.keySet()
                .retainAll(found.stream().map(stored -> stored.replica().group()).toList());
    }

    /// The process died: chance says what is left of what was not durable.
    void crash(Prng random) {
        snapshots.crashed();
        disk.disk().crash();
        machines.replaceAll((_, machine) -> machine.crashed(random));
    }

    /// Everything is lost.
    void wipe() {
        disk.disk().wipe();
        machines.clear();
        catalog.clear();
        snapshots.wipe();
        kept = null;
        hasTicket = false;
        wiped = true;
        founded = false;
    }
}
