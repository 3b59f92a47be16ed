package dev.quorate.transport;

import dev.quorate.types.NodeId;
import java.util.concurrent.ConcurrentHashMap;

/// The newest start seen of each peer, so that a copy restored from the past is refused (its votes
/// and acknowledgements would be from a disk that forgot). Thread-safe; one entry per pinned node.
final class Boots {
    private final ConcurrentHashMap<NodeId, Hello> newest = new ConcurrentHashMap<>();

    /// Takes note of a peer's hello.
    ///
    /// @throws Refused if its boot epoch is older than the one known, or the same with another
    ///   nonce
    void see(Hello hello) throws Refused {
        Hello known =
                newest.merge(
                        hello.node(),
                        hello,
                        (before, now) -> now.bootEpoch() > before.bootEpoch() ? now : before);
        if (hello.bootEpoch() < known.bootEpoch()) {
            throw new Refused(
                    RefusalCode.ROLLBACK,
                    hello.node()
                            + " is at boot epoch "
                            + hello.bootEpoch()
                            + " but was already seen at "
                            + known.bootEpoch()
                            + ": its directory was rolled back or copied");
        }
        if (hello.nonce() != known.nonce()) {
            throw new Refused(
                    RefusalCode.ROLLBACK,
                    "there are two "
                            + hello.node()
                            + " at boot epoch "
                            + hello.bootEpoch()
                            + ": its directory was copied");
        }
    }
}
