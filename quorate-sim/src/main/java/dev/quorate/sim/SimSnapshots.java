package dev.quorate.sim;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotReader;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A node's snapshots: those it serves, gone with the process, and those it has staged, which are
/// durable once they are whole.
final class SimSnapshots {
    /// The bytes of a snapshot.
    record Content(Bytes bytes, Bytes sha256) {
        long sizeBytes() {
            return bytes.length();
        }

        SnapshotReader reader() {
            return new SnapshotReader() {
                private int at;

                @Override
                public int read(byte[] target, int offset, int length) {
                    int count = Math.min(length, bytes.length() - at);
                    bytes.asBuffer().get(at, target, offset, count);
                    at += count;
                    return count == 0 ? -1 : count;
                }
            };
        }
    }

    private record Staged(SnapshotMeta meta, Content content) {}

    private final TreeMap<GroupId, TreeMap<String, Content>> served = new TreeMap<>();
    private final TreeMap<GroupId, Staged> staged = new TreeMap<>();
    private final TreeMap<GroupId, Long> fetches = new TreeMap<>();
    private long lastFetch;

    /// Writes a checkpoint down, to be served.
    Content freeze(GroupId group, Checkpoint checkpoint) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (checkpoint) {
            checkpoint.writeTo(all::write);
        }
        byte[] bytes = all.toByteArray();
        Content content = new Content(Bytes.copyOf(bytes), sha256(bytes));
        served.computeIfAbsent(group, _ -> new TreeMap<>()).put(name(content.sha256()), content);
        return content;
    }

    /// What a peer asks for; null if it is not served any more.
    @Nullable Content serve(GroupId group, Bytes sha256) {
        return served.getOrDefault(group, new TreeMap<>()).get(name(sha256));
    }

    void release(GroupId group) {
        served.remove(group);
    }

    /// A fetch begins; an earlier one for the group counts no more.
    long begin(GroupId group) {
        fetches.put(group, ++lastFetch);
        return lastFetch;
    }

    boolean isCurrent(GroupId group, long fetch) {
        return fetches.getOrDefault(group, 0L) == fetch;
    }

    void stage(GroupId group, SnapshotMeta meta, Content content) {
        fetches.remove(group);
        staged.put(group, new Staged(meta, content));
    }

    @Nullable Content staged(GroupId group, SnapshotMeta meta) {
        Staged there = staged.get(group);
        return there == null || !there.meta().equals(meta) ? null : there.content();
    }

    /// Nothing of what was fetched is needed.
    void dropFetched(GroupId group) {
        fetches.remove(group);
        staged.remove(group);
    }

    void drop(GroupId group) {
        dropFetched(group);
        release(group);
    }

    /// The process died.
    void crashed() {
        served.clear();
        fetches.clear();
    }

    void wipe() {
        crashed();
        staged.clear();
    }

    private static String name(Bytes sha256) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < sha256.length(); i++) {
            text.append((char) (sha256.at(i) & 0xff));
        }
        return text.toString();
    }

    private static Bytes sha256(byte[] bytes) {
        try {
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
