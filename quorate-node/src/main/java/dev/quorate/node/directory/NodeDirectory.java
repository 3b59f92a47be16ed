package dev.quorate.node.directory;

import dev.quorate.core.LostReplica;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.node.directory.StartDecision.Found;
import dev.quorate.node.directory.StartDecision.Restart;
import dev.quorate.raft.Restored;
import dev.quorate.storage.GoneReplica;
import dev.quorate.storage.Journal;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The files of one node: `quorate.toml`, `catalog`, `founding`, `joining`, `left`, `replicas`,
/// `tls/`, `journal/`, `metadata`, `snapshots/` and `data/`.
///
/// Decides whether the node restarts, founds, joins or must not start (rule R22), and takes each
/// step in an order that a crash in between leaves decidable:
///
/// ```text
/// found:    group 0's replica into the journal, forced → replicas → catalog → ticket removed
/// restart:  replicas that the journal has lost put in quarantine (rule R7) → replicas → boot
///           epoch raised in the catalog → ticket removed, if one was left
/// join:     mark → key and certificate → catalog; the first data → mark removed
/// ```
public final class NodeDirectory {
    private final Path root;

    /// Names a directory; touches nothing.
    public NodeDirectory(Path root) {
        this.root = root;
    }

    /// What a start left to do.
    ///
    /// @param catalog as it is on disk now
    /// @param replicas what the node starts with
    /// @param gone replicas that were here and may never come back
    /// @param lost those among them that are in quarantine
    /// @param hosted the list of what is hosted, as it is on disk now
    public record Begun(
            ClusterCatalog catalog,
            List<StoredReplica> replicas,
            List<ReplicaId> gone,
            List<LostReplica> lost,
            HostedReplicas hosted,
            Way way) {}

    /// What kind of start it is.
    public enum Way {
        /// The cluster is not founded yet, as far as this node knows.
        FOUNDS,
        /// It comes back.
        RETURNS,
        /// It is new in a cluster that is there, and has seen nothing of it yet.
        JOINS
    }

    /// The directory itself.
    public Path root() {
        return root;
    }

    /// Who the node is.
    public Path catalog() {
        return root.resolve("catalog");
    }

    /// The one-time right to found.
    public Path ticket() {
        return root.resolve("founding");
    }

    /// The mark of a join that is under way.
    public Path joining() {
        return root.resolve("joining");
    }

    /// The mark of a node that has left.
    public Path left() {
        return root.resolve("left");
    }

    /// Which replicas are hosted.
    public Path replicas() {
        return root.resolve("replicas");
    }

    /// The journal's segments.
    public Path journal() {
        return root.resolve("journal");
    }

    /// What is kept of group 0's state.
    public MetadataFile metadata() {
        return new MetadataFile(root.resolve("metadata"));
    }

    /// Snapshots taken here for others, and fetched from others.
    public Path snapshots() {
        return root.resolve("snapshots");
    }

    /// For state machines that keep files.
    public Path data() {
        return root.resolve("data");
    }

    /// Whether nothing of a node is there yet.
    public boolean isBlank() {
        return Stream.of(catalog(), ticket(), joining(), left()).noneMatch(Files::exists)
                && isEmpty(journal());
    }

    /// What the directory says is to be done.
    ///
    /// @throws StartRefused if the node must not start
    public StartDecision decide() {
        if (Files.exists(left())) {
            throw new StartRefused(whyLeft());
        }
        boolean ticketed = Files.exists(ticket());
        if (Files.exists(joining())) {
            return joins();
        }
        if (Files.exists(catalog())) {
            ClusterCatalog catalog = ClusterCatalog.load(catalog());
            if (ticketed) {
                requireSame(catalog, FoundingTicket.load(ticket()));
            }
            if (isEmpty(journal()) && !Files.exists(replicas())) {
                throw lost(catalog.self(), "is missing or empty, and nobody knows what it held");
            }
            return new Restart(catalog);
        }
        if (ticketed) {
            return new Found(FoundingTicket.load(ticket()));
        }
        if (!isEmpty(journal())) {
            throw new StartRefused(
                    catalog()
                            + " is missing, but "
                            + journal()
                            + " holds a journal: without the catalog nobody knows whose it is;"
                            + " bring the catalog back from where this directory was copied");
        }
        throw new StartRefused(
                root
                        + " belongs to no cluster: it has neither a catalog nor a founding ticket;"
                        + " make one with `quorate init`, `quorate join` or `quorate dev`");
    }

    private StartDecision joins() {
        JoinMark mark = JoinMark.load(joining());
        if (!Files.exists(catalog())) {
            throw new StartRefused(
                    root
                            + " has begun to join cluster "
                            + mark.cluster()
                            + " and has not finished: run `quorate join` again, or give it up with"
                            + " `quorate join --cancel`");
        }
        ClusterCatalog catalog = ClusterCatalog.load(catalog());
        if (!catalog.cluster().equals(mark.cluster())) {
            throw new StartRefused(
                    joining()
                            + " is of cluster "
                            + mark.cluster()
                            + ", but this directory belongs to cluster "
                            + catalog.cluster());
        }
        return new StartDecision.Join(catalog);
    }

    /// The node has its first data: from now on it has something to lose.
    public void endJoining() throws IOException {
        if (Files.exists(joining())) {
            CheckedFile.delete(joining());
        }
    }

    /// The node belongs to its cluster no more and must never start again.
    public void leave(LeftMark mark) throws IOException {
        mark.save(left());
    }

    /// Why a node that has left does not start, in a sentence.
    public String whyLeft() {
        LeftMark mark = LeftMark.load(left());
        return mark.self()
                + " of cluster "
                + mark.cluster()
                + " belongs to it no more: "
                + mark.why()
                + ". To use this machine again, delete "
                + root
                + " and join with a new token";
    }

    /// Checks that the node's key is the one that the ticket or the catalog is bound to.
    ///
    /// @param spkiSha256 of the key; empty for a node without links
    /// @throws StartRefused if it is another one
    public void requireKey(StartDecision decision, Bytes spkiSha256) {
        Bytes bound =
                switch (decision) {
                    case Found(FoundingTicket ticket) -> ticket.spkiPin();
                    case Restart(ClusterCatalog catalog) -> pin(catalog);
                    case StartDecision.Join(ClusterCatalog catalog) -> pin(catalog);
                };
        if (!bound.equals(spkiSha256)) {
            throw new StartRefused(
                    "the key in "
                            + root.resolve("tls")
                            + " is not the one that "
                            + decision.self()
                            + " of cluster "
                            + decision.cluster()
                            + " was given; this directory was put together from two");
        }
    }

    /// Takes the steps of the decision that must be durable before the node speaks.
    ///
    /// @throws StartRefused if the journal does not hold what the catalog promises, or holds
    ///   something else than the ticket allows
    public Begun begin(StartDecision decision, Journal journal) {
        try {
            return switch (decision) {
                case Restart(ClusterCatalog catalog) -> restart(catalog, journal);
                case StartDecision.Join(ClusterCatalog catalog) -> join(catalog, journal);
                case Found(FoundingTicket ticket) -> found(ticket, journal);
            };
        } catch (IOException failure) {
            throw new StartRefused(root + " cannot be written: " + failure, failure);
        }
    }

    private Begun restart(ClusterCatalog catalog, Journal journal) throws IOException {
        HostedReplicas hosted = hosted(catalog);
        journal.quarantineMissing(hosted.known());
        List<StoredReplica> stored = journal.recovered();
        // in quarantine it can be replaced, by others
        boolean mayHeal =
                catalog.peers().size() > 1
                        && journal.gone().stream().anyMatch(one -> isOfGroupZero(one.group()));
        if (!mayHeal && stored.stream().noneMatch(one -> isOfGroupZero(one.replica().group()))) {
            throw lost(catalog.self(), "holds no replica of group 0");
        }
        Begun begun =
                next(
                        catalog,
                        journal,
                        hosted,
                        catalog.founding().isEmpty() ? Way.RETURNS : Way.FOUNDS);
        if (Files.exists(ticket())) {
            CheckedFile.delete(ticket());
        }
        return begun;
    }

    /// A node that joins may hold nothing yet; what it did hold and has lost is in quarantine, too.
    private Begun join(ClusterCatalog catalog, Journal journal) throws IOException {
        HostedReplicas hosted = hosted(catalog);
        journal.quarantineMissing(hosted.known());
        return next(catalog, journal, hosted, Way.JOINS);
    }

    private Begun next(ClusterCatalog catalog, Journal journal, HostedReplicas hosted, Way way)
            throws IOException {
        List<StoredReplica> stored = journal.recovered();
        hosted.settle(stored);
        hosted.save();
        ClusterCatalog next = catalog.nextBoot();
        next.save(catalog());
        return new Begun(next, stored, gone(journal), lost(journal), hosted, way);
    }

    private HostedReplicas hosted(ClusterCatalog catalog) {
        return HostedReplicas.open(replicas(), catalog.cluster(), catalog.self());
    }

    private static boolean isOfGroupZero(GroupId group) {
        return group.equals(GroupId.METADATA);
    }

    private static List<ReplicaId> gone(Journal journal) {
        return journal.gone().stream().map(GoneReplica::replica).toList();
    }

    private static List<LostReplica> lost(Journal journal) {
        return journal.gone().stream()
                .filter(one -> one.end() == GoneReplica.End.QUARANTINED)
                .map(one -> new LostReplica(one.group(), one.replica(), one.cause()))
                .toList();
    }

    private Begun found(FoundingTicket ticket, Journal journal) throws IOException {
        StoredReplica first = new StoredReplica(metadataReplica(ticket), Restored.NOTHING);
        List<StoredReplica> stored = journal.recovered();
        if (stored.isEmpty()) {
            journal.create(first.replica());
            journal.commit();
        } else if (!stored.equals(List.of(first))) {
            // anything beyond the bare replica was written by a node that had its catalog already
            throw new StartRefused(
                    journal()
                            + " holds data of a node that has run before, but "
                            + catalog()
                            + " is missing: a ticket founds only from nothing");
        }
        ClusterCatalog catalog =
                new ClusterCatalog(
                        ticket.cluster(), ticket.self(), 1, ticket.peers(), ticket.founding());
        Files.deleteIfExists(replicas()); // of a founding that did not get as far as the catalog
        HostedReplicas hosted = hosted(catalog);
        hosted.settle(List.of(first));
        hosted.save();
        catalog.save(catalog());
        CheckedFile.delete(ticket());
        return new Begun(catalog, List.of(first), List.of(), List.of(), hosted, Way.FOUNDS);
    }

    private ReplicaRecord metadataReplica(FoundingTicket ticket) {
        for (Member member : ticket.metadataMembers()) {
            if (member.node().equals(ticket.self())) {
                return new ReplicaRecord(
                        GroupId.METADATA, member.replica(), ticket.metadataMembers());
            }
        }
        throw new StartRefused(ticket() + " names no replica of group 0 for " + ticket.self());
    }

    private void requireSame(ClusterCatalog catalog, FoundingTicket ticket) {
        if (!catalog.cluster().equals(ticket.cluster()) || !catalog.self().equals(ticket.self())) {
            throw new StartRefused(
                    ticket()
                            + " is for "
                            + ticket.self()
                            + " of cluster "
                            + ticket.cluster()
                            + ", but this directory belongs to "
                            + catalog.self()
                            + " of cluster "
                            + catalog.cluster());
        }
    }

    private StartRefused lost(NodeId self, String what) {
        return new StartRefused(
                journal()
                        + " "
                        + what
                        + ", but "
                        + catalog()
                        + " says that "
                        + self
                        + " has already run: its data is lost. A node that forgot its votes must"
                        + " not vote again under the same identity (rule R7)");
    }

    private static Bytes pin(ClusterCatalog catalog) {
        for (KnownPeer peer : catalog.peers()) {
            if (peer.id().equals(catalog.self())) {
                return peer.spkiPin();
            }
        }
        return Bytes.EMPTY;
    }

    private static boolean isEmpty(Path directory) {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> files = Files.list(directory)) {
            // a lock file alone remembers nothing
            return files.allMatch(file -> file.getFileName().toString().endsWith("lock"));
        } catch (IOException failure) {
            throw new StartRefused(directory + " cannot be read: " + failure, failure);
        }
    }
}
