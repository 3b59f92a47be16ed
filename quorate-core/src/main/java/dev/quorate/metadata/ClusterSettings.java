package dev.quorate.metadata;

import dev.quorate.types.ClusterId;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The settings that this library itself knows, and their rules. Others are free text.
public final class ClusterSettings {
    /// Identity of the cluster. Written by the founding batch and never again.
    public static final String CLUSTER_ID = "cluster.id";

    /// How many data groups the cluster was founded with. Written once.
    public static final String GROUPS = "cluster.groups";

    /// How many replicas a data group shall have.
    public static final String REPLICATION_FACTOR = "cluster.replication-factor";

    /// Whether the cluster finalizes an upgrade by itself once every node speaks the new version:
    /// `auto` (also when absent) or `manual`.
    public static final String UPGRADE_FINALIZE = "cluster.upgrade-finalize";

    /// Whether replicas are moved to where they are better: `auto` (also when absent) or `paused`.
    public static final String PLACEMENT = "cluster.placement";

    /// Characters of a key.
    public static final int KEY_LENGTH_MAX = 128;

    /// Characters of a value.
    public static final int VALUE_LENGTH_MAX = 4096;

    /// Settings in all.
    public static final int COUNT_MAX = 1024;

    private ClusterSettings() {}

    /// Why the setting cannot be written, or null when it can.
    static MetadataOutcome.@Nullable Rejected refusal(
            SortedMap<String, String> settings, String key, String value) {
        boolean present = settings.containsKey(key);
        if (key.equals(CLUSTER_ID) && present) {
            return new MetadataOutcome.Rejected(
                    MetadataOutcome.Code.ALREADY_FOUNDED,
                    "this cluster was founded before, as " + settings.get(key));
        }
        if (key.equals(GROUPS) && present) {
            return invalid(key + " is written once, when the cluster is founded");
        }
        if (!present && settings.size() >= COUNT_MAX) {
            return new MetadataOutcome.Rejected(
                    MetadataOutcome.Code.LIMIT_REACHED,
                    "there are already " + COUNT_MAX + " settings, so " + key + " has no place");
        }
        return switch (key) {
            case CLUSTER_ID ->
                    isClusterId(value) ? null : invalid(key + " is 32 hexadecimal digits");
            case GROUPS -> isNumber(value, Founding.GROUPS_MAX) ? null : invalid(key, value);
            case REPLICATION_FACTOR ->
                    isNumber(value, GroupInfo.MEMBERS_MAX) ? null : invalid(key, value);
            case UPGRADE_FINALIZE ->
                    value.equals("auto") || value.equals(Upgrade.MANUAL)
                            ? null
                            : invalid(key + " is auto or manual, not \"" + value + "\"");
            case PLACEMENT ->
                    value.equals("auto") || value.equals("paused")
                            ? null
                            : invalid(key + " is auto or paused, not \"" + value + "\"");
            default -> null;
        };
    }

    /// The settings with one more, or one replaced.
    static SortedMap<String, String> with(
            SortedMap<String, String> settings, String key, String value) {
        TreeMap<String, String> next = new TreeMap<>(settings);
        next.put(key, value);
        return next;
    }

    private static boolean isClusterId(String value) {
        try {
            return ClusterId.parse(value).toString().equals(value);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isNumber(String value, int max) {
        if (value.isEmpty()
                || value.length() > 9
                || !value.chars().allMatch(c -> '0' <= c && c <= '9')) {
            return false;
        }
        int number = Integer.parseInt(value);
        return number >= 1 && number <= max;
    }

    private static MetadataOutcome.Rejected invalid(String key, String value) {
        return invalid(key + " must be a whole number within its bounds, not \"" + value + "\"");
    }

    private static MetadataOutcome.Rejected invalid(String sentence) {
        return new MetadataOutcome.Rejected(MetadataOutcome.Code.INVALID, sentence);
    }
}
