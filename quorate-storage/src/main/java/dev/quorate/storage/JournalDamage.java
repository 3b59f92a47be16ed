package dev.quorate.storage;

import dev.quorate.types.GroupId;
import java.util.List;

/// Bytes that were once safely on disk are gone or wrong (rule R5).
///
/// @param segment file of the damage
/// @param offset where in the file it begins, in bytes
/// @param groups groups that may have lost something by it: their replicas here are in quarantine
///   (rule R7); the records of all others are proved to be whole
/// @param cause what is wrong there
public record JournalDamage(String segment, long offset, List<GroupId> groups, String cause) {
    public JournalDamage {
        groups = List.copyOf(groups);
    }

    /// A sentence for people.
    public String sentence() {
        String whom =
                groups.isEmpty()
                        ? "no replica lost anything by it"
                        : "replicas in quarantine, to be replaced by new ones: groups " + groups;
        return "journal segment %s is damaged at offset %d: %s; %s"
                .formatted(segment, offset, cause, whom);
    }
}
