package dev.quorate.node.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Everything that can be set: its key in `quorate.toml`, its default, and what it does.
public enum SettingKey {
    LINKS_LISTEN(
            "links.listen",
            SettingType.ADDRESS,
            "",
            "where peers reach this node (UDP; TCP if links.transport says so)"),
    LINKS_UDP_PAYLOAD(
            "links.udp-payload", SettingType.COUNT, "1350", "largest UDP payload sent, in bytes"),
    LINKS_TRANSPORT(
            "links.transport",
            SettingType.TRANSPORT,
            "quic",
            "what carries the links; tcp where UDP does not get through. The same on all nodes"),
    LINKS_BULK_PORT(
            "links.bulk-port",
            SettingType.PORT,
            "0",
            "where peers fetch snapshots, on the host of links.listen; 0 for any free port"),
    LINKS_BULK_RATE(
            "links.bulk-rate",
            SettingType.SIZE,
            "64MiB",
            "most that this node sends of snapshots, in bytes per second"),
    ENROL_LISTEN(
            "enrol.listen",
            SettingType.ADDRESS,
            "",
            "where nodes ask for certificates (TCP); as links.listen if empty"),
    CERTIFICATES_VALIDITY(
            "certificates.validity",
            SettingType.DURATION,
            "720h",
            "how long the certificates last that this node issues"),
    RAFT_HEARTBEAT("raft.heartbeat", SettingType.DURATION, "100ms", "how often leaders beat"),
    RAFT_ELECTION_TIMEOUT(
            "raft.election-timeout",
            SettingType.DURATION,
            "400ms",
            "lower bound of the wait for a leader; at least twice the heartbeat"),
    RAFT_KEEP_ENTRIES(
            "raft.keep-entries",
            SettingType.COUNT,
            "100000",
            "log entries kept for a follower that does not answer; one that needs older ones gets a"
                    + " snapshot"),
    JOURNAL_SEGMENT("journal.segment", SettingType.SIZE, "64MiB", "size of a journal segment"),
    JOURNAL_BUDGET(
            "journal.budget",
            SettingType.SIZE,
            "4GiB",
            "journal size above which old segments are emptied"),
    JOURNAL_QUOTA(
            "journal.quota",
            SettingType.SIZE,
            "1048576GiB",
            "most that the files of the journal may take of the disk, however much of it is free"),
    SNAPSHOTS_BUDGET(
            "snapshots.budget",
            SettingType.SIZE,
            "64GiB",
            "most that snapshots for others, and those being fetched, may take on the disk"),
    APPLY_LANES("apply.lanes", SettingType.COUNT, "2", "threads that run state machines"),
    APPLY_FLUSH_EVERY(
            "apply.flush-every",
            SettingType.DURATION,
            "10s",
            "how old applied commands may get before they are made durable"),
    LIMITS_REQUESTS(
            "limits.requests", SettingType.COUNT, "100000", "clients' requests worked on at once"),
    LIMITS_LEADER_WAIT(
            "limits.leader-wait",
            SettingType.DURATION,
            "500ms",
            "how long a request waits for a leader"),
    LIMITS_DRAIN(
            "limits.drain",
            SettingType.DURATION,
            "3s",
            "how long a node that stops may take to hand over what it leads"),
    LIMITS_REMEMBERED(
            "limits.remembered",
            SettingType.COUNT,
            "100000",
            "results of sessions' writes that a group remembers at once"),
    REDIS_LISTEN("redis.listen", SettingType.ADDRESS, "", "where Redis clients come in (TCP)"),
    REDIS_READONLY(
            "redis.readonly",
            SettingType.FRESHNESS,
            "10s",
            "how fresh what a client gets from a replica is that said READONLY"),
    ADMIN_LISTEN("admin.listen", SettingType.ADDRESS, "", "where operators come in (HTTP)"),
    ENGINE_KIND("engine.kind", SettingType.ENGINE, "rocksdb", "where the data lives");

    private final String key;
    private final SettingType type;
    private final String defaultText;
    private final String description;

    SettingKey(String key, SettingType type, String defaultText, String description) {
        this.key = key;
        this.type = type;
        this.defaultText = defaultText;
        this.description = description;
    }

    /// The key in the file: `section.name`.
    public String key() {
        return key;
    }

    /// The name of the environment variable that overrides the file.
    public String variable() {
        return "QUORATE_" + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /// The value when nobody says anything.
    public String defaultText() {
        return defaultText;
    }

    /// What it does.
    public String description() {
        return description;
    }

    /// What its values look like.
    public String allowed() {
        return type.allowed();
    }

    SettingType type() {
        return type;
    }

    /// The setting with this key, or null.
    static @Nullable SettingKey of(String key) {
        for (SettingKey setting : values()) {
            if (setting.key.equals(key)) {
                return setting;
            }
        }
        return null;
    }

    /// Of `known`, the text with the fewest edits (insert, delete, replace) to `wrong`.
    static String nearest(String wrong, List<String> known) {
        String best = known.getFirst();
        int bestEdits = Integer.MAX_VALUE;
        for (String candidate : known) {
            int edits = edits(wrong, candidate);
            if (edits < bestEdits) {
                best = candidate;
                bestEdits = edits;
            }
        }
        return best;
    }

    /// All keys, in the order of this list.
    static List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (SettingKey setting : values()) {
            keys.add(setting.key);
        }
        return keys;
    }

    private static int edits(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
