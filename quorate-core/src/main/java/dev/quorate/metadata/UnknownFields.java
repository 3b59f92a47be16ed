package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import java.util.List;

/// Fields that a newer build wrote and this one cannot read: kept as they are, so that a round trip
/// through an older build loses nothing.
///
/// @param fields by ascending tag
public record UnknownFields(List<Field> fields) {
    /// No such field.
    public static final UnknownFields NONE = new UnknownFields(List.of());

    /// One field, uninterpreted.
    ///
    /// @param tag in 1..255
    public record Field(int tag, Bytes content) {
        public Field {
            if (tag < 1 || tag > 255) {
                throw new IllegalArgumentException("field tag out of range: " + tag);
            }
        }
    }

    public UnknownFields {
        fields = List.copyOf(fields);
        for (int i = 1; i < fields.size(); i++) {
            if (fields.get(i).tag() <= fields.get(i - 1).tag()) {
                throw new IllegalArgumentException("field tags must ascend");
            }
        }
    }
}
