package dev.quorate.node.config;

import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeConfig.NodeLimits;
import dev.quorate.raft.RaftConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Everything a node is told before it starts. Immutable.
///
/// @param directory holds `quorate.toml` and all that the node remembers
/// @param raftLimits what a replica may hold and send at once
/// @param drain how long a node that stops may take to hand over what it leads
/// @param doors where clients and operators come in; used by the front ends, not by the node itself
/// @param explained every setting with its value and origin
public record QuorateConfig(
        Path directory,
        LinkSettings links,
        RaftConfig.Timing timing,
        RaftConfig.Limits raftLimits,
        JournalSettings journal,
        ApplySettings apply,
        NodeLimits limits,
        Duration drain,
        Doors doors,
        List<Settings.Effective> explained) {
    /// The configuration file's name in the node's directory.
    public static final String FILE = "quorate.toml";

    private static final long BULK_RATE_MIN = 1 << 20;

    /// How the links are set up.
    ///
    /// @param listen `host:port` for peers; empty on a node that has none
    /// @param udpPayloadBytes largest UDP payload sent
    /// @param transport `quic` or `tcp`
    /// @param bulkPort where peers fetch what is too large for frames; 0 for any free port
    /// @param bulkBytesPerSecond most that is sent there
    /// @param enrol `host:port` where others ask for certificates (TCP)
    /// @param certificateValidity how long the certificates last that this node issues
    public record LinkSettings(
            String listen,
            int udpPayloadBytes,
            String transport,
            int bulkPort,
            long bulkBytesPerSecond,
            String enrol,
            Duration certificateValidity) {}

    /// How the journal uses its disk.
    ///
    /// @param segmentBytes size of a segment
    /// @param budgetBytes size above which old segments are emptied
    /// @param snapshotBytes most that snapshots may take beside it
    public record JournalSettings(
            int segmentBytes, long budgetBytes, long quotaBytes, long snapshotBytes) {}

    /// How state machines run.
    ///
    /// @param lanes threads that run state machines
    /// @param flushEvery how old applied commands may get before they are made durable
    public record ApplySettings(int lanes, Duration flushEvery) {}

    /// Where others come in, and what serves them.
    ///
    /// @param redis `host:port` for Redis clients; empty for none
    /// @param admin `host:port` for operators; empty for none
    /// @param readOnly how fresh what a Redis client gets is that said `READONLY`
    /// @param engine `rocksdb` or `memory`
    public record Doors(String redis, ReadLevel readOnly, String admin, String engine) {}

    /// The configuration of the node in `directory`, from its file, the process's environment and
    /// nothing else.
    ///
    /// @throws ConfigRefused if anything is unknown or not allowed
    public static QuorateConfig load(Path directory) {
        return load(directory, System.getenv(), Map.of());
    }

    /// The same with the environment and the flags given.
    ///
    /// @param overrides by key, such as `raft.heartbeat`
    /// @throws ConfigRefused if anything is unknown or not allowed
    public static QuorateConfig load(
            Path directory, Map<String, String> environment, Map<String, String> overrides) {
        Settings settings = Settings.load(directory.resolve(FILE), environment, overrides);
        return new QuorateConfig(
                directory,
                links(settings),
                timing(settings),
                raftLimits(settings),
                journal(settings),
                new ApplySettings(
                        settings.count(SettingKey.APPLY_LANES),
                        settings.duration(SettingKey.APPLY_FLUSH_EVERY)),
                limits(settings),
                settings.duration(SettingKey.LIMITS_DRAIN),
                new Doors(
                        settings.text(SettingKey.REDIS_LISTEN),
                        settings.freshness(SettingKey.REDIS_READONLY),
                        settings.text(SettingKey.ADMIN_LISTEN),
                        settings.text(SettingKey.ENGINE_KIND)),
                settings.explain());
    }

    private static LinkSettings links(Settings settings) {
        int udpPayloadBytes = settings.count(SettingKey.LINKS_UDP_PAYLOAD);
        if (udpPayloadBytes < 1200 || udpPayloadBytes > 65_000) {
            throw settings.refuse(
                    SettingKey.LINKS_UDP_PAYLOAD, "it must be between 1200 and 65000");
        }
        long bulkBytesPerSecond = settings.bytes(SettingKey.LINKS_BULK_RATE);
        if (bulkBytesPerSecond < BULK_RATE_MIN) {
            throw settings.refuse(SettingKey.LINKS_BULK_RATE, "it must be at least 1MiB");
        }
        String transport = settings.text(SettingKey.LINKS_TRANSPORT);
        return new LinkSettings(
                settings.text(SettingKey.LINKS_LISTEN),
                udpPayloadBytes,
                transport,
                settings.count(SettingKey.LINKS_BULK_PORT),
                bulkBytesPerSecond,
                enrol(settings, transport),
                settings.duration(SettingKey.CERTIFICATES_VALIDITY));
    }

    /// The door for certificates has the number of the links' port, unless those use TCP, too.
    private static String enrol(Settings settings, String transport) {
        String listen = settings.text(SettingKey.LINKS_LISTEN);
        String enrol = settings.text(SettingKey.ENROL_LISTEN);
        if (enrol.equals(listen) && transport.equals("tcp") && !listen.isEmpty()) {
            throw settings.refuse(
                    SettingKey.ENROL_LISTEN, "it must differ from links.listen: both use TCP");
        }
        if (enrol.isEmpty() && transport.equals("tcp") && !listen.isEmpty()) {
            throw settings.refuse(
                    SettingKey.ENROL_LISTEN,
                    "it must be set when links.transport is tcp: links.listen is taken");
        }
        return enrol.isEmpty() ? listen : enrol;
    }

    private static RaftConfig.Timing timing(Settings settings) {
        Duration heartbeat = settings.duration(SettingKey.RAFT_HEARTBEAT);
        Duration election = settings.duration(SettingKey.RAFT_ELECTION_TIMEOUT);
        if (heartbeat.multipliedBy(2).compareTo(election) > 0) {
            throw settings.refuse(
                    SettingKey.RAFT_ELECTION_TIMEOUT,
                    "it must be at least twice raft.heartbeat, which is "
                            + settings.text(SettingKey.RAFT_HEARTBEAT));
        }
        return new RaftConfig.Timing(heartbeat, election);
    }

    private static RaftConfig.Limits raftLimits(Settings settings) {
        RaftConfig.Limits defaults = RaftConfig.Limits.DEFAULT;
        int keepEntries = settings.count(SettingKey.RAFT_KEEP_ENTRIES);
        return new RaftConfig.Limits(
                defaults.messageBytes(),
                defaults.inflightMessages(),
                defaults.inflightBytes(),
                defaults.uncommittedBytes(),
                defaults.cacheBytes(),
                defaults.applyBytes(),
                defaults.persistsInFlight(),
                Math.min(defaults.compactEntries(), keepEntries),
                keepEntries);
    }

    private static JournalSettings journal(Settings settings) {
        long segmentBytes = settings.bytes(SettingKey.JOURNAL_SEGMENT);
        if (segmentBytes < 8 << 20 || segmentBytes > 1 << 30 || segmentBytes % 8 != 0) {
            throw settings.refuse(SettingKey.JOURNAL_SEGMENT, "it must be between 8MiB and 1GiB");
        }
        long budgetBytes = settings.bytes(SettingKey.JOURNAL_BUDGET);
        if (budgetBytes < 4 * segmentBytes) {
            throw settings.refuse(SettingKey.JOURNAL_BUDGET, "it must hold at least four segments");
        }
        long quotaBytes = settings.bytes(SettingKey.JOURNAL_QUOTA);
        if (quotaBytes < 4 * segmentBytes) {
            throw settings.refuse(SettingKey.JOURNAL_QUOTA, "it must hold at least four segments");
        }
        return new JournalSettings(
                (int) segmentBytes,
                budgetBytes,
                quotaBytes,
                settings.bytes(SettingKey.SNAPSHOTS_BUDGET));
    }

    private static NodeLimits limits(Settings settings) {
        NodeLimits defaults = NodeLimits.DEFAULT;
        return new NodeLimits(
                defaults.journalCredits(),
                defaults.applyCredits(),
                settings.count(SettingKey.LIMITS_REQUESTS),
                settings.duration(SettingKey.LIMITS_LEADER_WAIT).toNanos(),
                settings.count(SettingKey.LIMITS_REMEMBERED));
    }
}
