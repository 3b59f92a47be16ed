package dev.quorate.storage;

import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The name of a file with a snapshot. It is made of numbers and hexadecimal digits only, so
/// nothing that a peer says can name another file.
///
/// @param group whose state it is
/// @param label what tells it from others of the group: digits, and dashes between them
record SnapshotName(GroupId group, String label, Stage stage) {
    private static final HexFormat HEX = HexFormat.of();
    private static final Pattern PATTERN =
            Pattern.compile(
                    "g([0-9a-f]{16})-([0-9a-f-]{1,81})\\.(writing|outgoing|staging|received)");

    /// What has become of it.
    enum Stage {
        /// Being taken from the state machine here.
        WRITING,
        /// Taken here, whole, ready to be fetched by others.
        OUTGOING,
        /// Being fetched from another node.
        STAGING,
        /// Fetched from another node, whole and verified.
        RECEIVED;

        private final String suffix = "." + name().toLowerCase(java.util.Locale.ROOT);
    }

    /// One that is being taken.
    static SnapshotName writing(GroupId group, long number) {
        return new SnapshotName(group, HEX.toHexDigits(number), Stage.WRITING);
    }

    /// One that was taken.
    static SnapshotName outgoing(GroupId group, Bytes sha256) {
        return new SnapshotName(group, digest(sha256), Stage.OUTGOING);
    }

    /// One that is being fetched.
    static SnapshotName staging(GroupId group, SnapshotMeta meta) {
        String label = HEX.toHexDigits(meta.index()) + "-" + digest(meta.sha256());
        return new SnapshotName(group, label, Stage.STAGING);
    }

    /// One that was fetched.
    static SnapshotName received(GroupId group, SnapshotMeta meta) {
        return staging(group, meta).at(Stage.RECEIVED);
    }

    /// Reads a file's name; null if it is no snapshot's.
    static @Nullable SnapshotName parse(String file) {
        Matcher matcher = PATTERN.matcher(file);
        if (!matcher.matches()) {
            return null;
        }
        long group = Long.parseUnsignedLong(matcher.group(1), 16);
        Stage stage = Stage.valueOf(matcher.group(3).toUpperCase(java.util.Locale.ROOT));
        return group < 0 ? null : new SnapshotName(new GroupId(group), matcher.group(2), stage);
    }

    /// The same snapshot in another stage.
    SnapshotName at(Stage other) {
        return new SnapshotName(group, label, other);
    }

    /// Whether it is a snapshot with this content, fetched from another node.
    boolean isOf(Bytes sha256) {
        return label.endsWith("-" + digest(sha256));
    }

    String file() {
        return "g" + HEX.toHexDigits(group.value()) + "-" + label + stage.suffix;
    }

    private static String digest(Bytes sha256) {
        if (sha256.length() != SnapshotMeta.DIGEST_BYTES) {
            throw new IllegalArgumentException("a digest of " + sha256.length() + " bytes");
        }
        return HEX.formatHex(sha256.toByteArray());
    }
}
