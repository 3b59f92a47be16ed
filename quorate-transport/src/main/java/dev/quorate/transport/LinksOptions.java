package dev.quorate.transport;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// How a node's links are set up. Start from [#of].
///
/// @param bootEpoch greater at each start of this node: peers refuse one that went back, because
///   that is a node restored from an old copy, or a second one under the same name
/// @param build what peers show as this node's version, at most 64 bytes of UTF-8
/// @param bind where to listen; port 0 takes a free one
/// @param udpPayloadBytes largest UDP payload to send, 1200 to 65000; larger ones cost less but the
///   whole path must carry them
/// @param handshakeTimeout from dialling until hello was answered, and the same for callers
/// @param idleTimeout a peer that is silent for so long is taken for dead
/// @param keepalive how often an idle link is exercised; less than half of `idleTimeout`
/// @param redialMin pause after the first failed dial; doubles, with jitter, up to `redialMax`
/// @param queueBytesMax most that may wait to be sent to one peer; lane 0 has a budget of its own
/// @param offered what this node says it understands; less than it does, to act as an older one
/// @param bulk how bulk transfers are set up
public record LinksOptions(
        ClusterId cluster,
        NodeId self,
        long bootEpoch,
        String build,
        InetSocketAddress bind,
        Pins pins,
        int udpPayloadBytes,
        Duration handshakeTimeout,
        Duration idleTimeout,
        Duration keepalive,
        Duration redialMin,
        Duration redialMax,
        int queueBytesMax,
        FeatureSet offered,
        BulkOptions bulk) {
    /// What may wait on lane 0 to one peer: the largest frame, and many small ones.
    static final int URGENT_BYTES_MAX = Links.FRAME_BYTES_MAX + (1 << 20);

    /// Longest build name, in bytes of UTF-8.
    static final int BUILD_BYTES_MAX = 64;

    public LinksOptions {
        require(bootEpoch > 0, "the boot epoch must be positive: " + bootEpoch);
        require(
                build.getBytes(StandardCharsets.UTF_8).length <= BUILD_BYTES_MAX,
                "the build name is longer than " + BUILD_BYTES_MAX + " bytes: " + build);
        require(
                udpPayloadBytes >= 1200 && udpPayloadBytes <= 65_000,
                "the UDP payload must be 1200 to 65000 bytes: " + udpPayloadBytes);
        require(handshakeTimeout.toMillis() > 0, "the handshake timeout must be at least 1 ms");
        require(keepalive.toMillis() > 0, "the keepalive interval must be at least 1 ms");
        require(
                keepalive.multipliedBy(2).compareTo(idleTimeout) < 0,
                "the keepalive interval " + keepalive + " is not below half of " + idleTimeout);
        require(redialMin.toMillis() > 0, "the first redial pause must be at least 1 ms");
        require(redialMax.compareTo(redialMin) >= 0, "redialMax is below redialMin");
        require(
                queueBytesMax > Links.FRAME_BYTES_MAX + SendQueue.ENTRY_BYTES,
                "the queue bound " + queueBytesMax + " does not hold one largest frame");
    }

    /// The defaults: 1350-byte packets, 5 s handshake, 5 s idle, 1 s keepalive, redial after 50 ms
    /// to 2 s, 16 MiB queued per peer.
    public static LinksOptions of(
            ClusterId cluster,
            NodeId self,
            long bootEpoch,
            String build,
            InetSocketAddress bind,
            Pins pins) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                1350,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                Duration.ofSeconds(2),
                16 << 20,
                FeatureSet.OURS,
                BulkOptions.DEFAULT);
    }

    /// The same with another packet size, in bytes of UDP payload.
    public LinksOptions withUdpPayloadBytes(int bytes) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                bytes,
                handshakeTimeout,
                idleTimeout,
                keepalive,
                redialMin,
                redialMax,
                queueBytesMax,
                offered,
                bulk);
    }

    /// The same with other timeouts.
    public LinksOptions withTimeouts(Duration handshake, Duration idle, Duration ping) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                udpPayloadBytes,
                handshake,
                idle,
                ping,
                redialMin,
                redialMax,
                queueBytesMax,
                offered,
                bulk);
    }

    /// The same with other pauses between dials.
    public LinksOptions withRedial(Duration min, Duration max) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                udpPayloadBytes,
                handshakeTimeout,
                idleTimeout,
                keepalive,
                min,
                max,
                queueBytesMax,
                offered,
                bulk);
    }

    /// The same with another bound on what may wait for one peer.
    public LinksOptions withQueueBytesMax(int bytes) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                udpPayloadBytes,
                handshakeTimeout,
                idleTimeout,
                keepalive,
                redialMin,
                redialMax,
                bytes,
                offered,
                bulk);
    }

    /// The same, but acting as a node that understands no more than this.
    public LinksOptions withOffered(FeatureSet understood) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                udpPayloadBytes,
                handshakeTimeout,
                idleTimeout,
                keepalive,
                redialMin,
                redialMax,
                queueBytesMax,
                understood,
                bulk);
    }

    /// The same with bulk transfers set up otherwise.
    public LinksOptions withBulk(BulkOptions options) {
        return new LinksOptions(
                cluster,
                self,
                bootEpoch,
                build,
                bind,
                pins,
                udpPayloadBytes,
                handshakeTimeout,
                idleTimeout,
                keepalive,
                redialMin,
                redialMax,
                queueBytesMax,
                offered,
                options);
    }

    /// Checks that links of these options can be opened with this identity.
    ///
    /// @throws IllegalArgumentException if not, in a sentence
    void requireFitting(NodeIdentity identity) {
        NodeName name = new NodeName(cluster, self);
        require(
                identity.name().equals(name),
                "the certificate is for "
                        + identity.name().uri()
                        + ", but this node is "
                        + name.uri());
        require(!bind.isUnresolved(), "the name " + bind + " is not known");
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
