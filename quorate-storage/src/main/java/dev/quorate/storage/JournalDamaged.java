package dev.quorate.storage;

import dev.quorate.types.GroupId;
import java.util.List;

/// Bytes that were once safely on disk are gone or wrong: the journal cannot say what the node
/// promised, so its replicas must not vote or acknowledge (rule R7).
public final class JournalDamaged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String segment;
    private final long offset;

    /// Serialisation of exceptions is not used; the list is an immutable one.
    @SuppressWarnings("serial")
    private final List<GroupId> groups;

    /// @param segment file of the damage
    /// @param offset where in the file the first bad byte may be, in bytes
    /// @param groups groups with records in that segment, as far as they can still be read
    /// @param cause what is wrong there
    public JournalDamaged(String segment, long offset, List<GroupId> groups, String cause) {
        super(
                "journal segment %s is damaged at offset %d: %s; groups with records there: %s. "
                                .formatted(segment, offset, cause, groups)
                        + "Do not delete it: replace this node's replicas of these groups.");
        this.segment = segment;
        this.offset = offset;
        this.groups = List.copyOf(groups);
    }

    /// File of the damage.
    public String segment() {
        return segment;
    }

    /// Where in the file, in bytes.
    public long offset() {
        return offset;
    }

    /// Groups with records in that segment, as far as they can still be read; others may be
    /// affected too.
    public List<GroupId> groups() {
        return groups;
    }
}
