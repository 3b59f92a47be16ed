package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// CONTRACT ONLY, to be replaced by the real class with these public members.
public interface Journal extends AutoCloseable {
    // static Journal open(Disk disk, JournalOptions options): recovers, verifying every CRC.

    /// What recovery found, one per group that exists, by group id.
    List<StoredReplica> recovered();

    void create(ReplicaRecord replica);

    void append(GroupId group, @Nullable HardState hardState, List<Entry> entries);

    void compact(GroupId group, long index, long term);

    /// Writes what was appended since the last call, and forces it: one force, however many groups.
    void commit();

    /// Called when the lane has nothing to do (rule R5: states the forced position).
    void idle();

    List<Entry> read(GroupId group, long fromIndex, int bytesMax);

    @Override
    void close();
}
