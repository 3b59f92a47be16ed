package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import org.jspecify.annotations.Nullable;

/// A change of the embedder's own catalog, as it was committed.
///
/// @param index entry of group 0's log; several changes of one batch share it, in order
/// @param stampMicros log time of that entry
/// @param author who made it; null when nobody was named
public record CatalogChange(long index, long stampMicros, Bytes payload, @Nullable Author author) {
    /// Who made a change, and with which words.
    public record Author(String userId, String userName, String statement) {
        /// Characters of id and name.
        public static final int NAME_LENGTH_MAX = 256;

        public Author {
            if (userId.length() > NAME_LENGTH_MAX || userName.length() > NAME_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "id and name of a user have at most " + NAME_LENGTH_MAX + " characters");
            }
        }
    }
}
