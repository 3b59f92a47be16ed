package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The authorities whose keys a node holds: `tls/issuers/<first digits of the root's hash>/`, each
/// with `ca.key` (mode 0600) and `ca.pem`. A node without any issues nothing and asks others.
///
/// Thread-safe.
public final class IssuerStore {
    private static final String DIRECTORY = "tls/issuers";
    private static final int ISSUERS_MAX = 16;

    private final Path home;
    private final ClusterId cluster;
    private List<ClusterCa> issuers = List.of();

    private IssuerStore(Path home, ClusterId cluster) {
        this.home = home;
        this.cluster = cluster;
    }

    /// The authorities of the node in a directory.
    ///
    /// @throws IOException if one of them is damaged, readable by others or another cluster's
    public static IssuerStore open(Path directory, ClusterId cluster) throws IOException {
        IssuerStore store = new IssuerStore(directory.resolve(DIRECTORY), cluster);
        store.read();
        return store;
    }

    /// The authority with that root, or null if its key is not here.
    ///
    /// @param rootSha256 SHA-256 of the root certificate
    public synchronized @Nullable ClusterCa find(Bytes rootSha256) {
        for (ClusterCa issuer : issuers) {
            if (issuer.rootSha256().equals(rootSha256)) {
                return issuer;
            }
        }
        return null;
    }

    /// SHA-256 of the roots whose keys are here.
    public synchronized List<Bytes> held() {
        return issuers.stream().map(ClusterCa::rootSha256).toList();
    }

    /// Keeps an authority's key, durably.
    ///
    /// @throws IOException if it cannot be written, or there are too many
    public synchronized void keep(ClusterCa authority) throws IOException {
        if (find(authority.rootSha256()) != null) {
            return;
        }
        if (issuers.size() >= ISSUERS_MAX) {
            throw new IOException(home + " holds " + ISSUERS_MAX + " authorities; remove some");
        }
        authority.save(directory(authority.rootSha256()));
        List<ClusterCa> next = new ArrayList<>(issuers);
        next.add(authority);
        issuers = List.copyOf(next);
    }

    /// Forgets an authority and deletes its key.
    public synchronized void discard(Bytes rootSha256) throws IOException {
        if (find(rootSha256) == null) {
            return;
        }
        Path directory = directory(rootSha256);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
        issuers = issuers.stream().filter(one -> !one.rootSha256().equals(rootSha256)).toList();
    }

    private Path directory(Bytes rootSha256) {
        return home.resolve(Certificates.brief(rootSha256));
    }

    private synchronized void read() throws IOException {
        if (!Files.isDirectory(home)) {
            return;
        }
        List<ClusterCa> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(home)) {
            for (Path entry : entries.sorted().limit(ISSUERS_MAX).toList()) {
                // a key whose root was not written any more is of no use
                if (Files.exists(entry.resolve("ca.pem"))) {
                    found.add(ClusterCa.load(entry, cluster));
                }
            }
        }
        issuers = List.copyOf(found);
    }
}
