package dev.quorate.core;

import dev.quorate.core.Request.Kind;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataFormatException;
import dev.quorate.session.SessionCommand;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import org.jspecify.annotations.Nullable;

/// What no request may be, whoever sends it: checked at the door, before anything is kept.
final class RequestCheck {
    private RequestCheck() {}

    /// Why a request is refused for good, in a sentence; null when it is not.
    static @Nullable String complaint(GroupId group, Kind kind, Bytes payload) {
        if (payload.length() > NodeCore.COMMAND_BYTES_MAX) {
            return "a request of "
                    + payload.length()
                    + " bytes is larger than "
                    + NodeCore.COMMAND_BYTES_MAX;
        }
        if (kind == Kind.SESSION_WRITE) {
            return sessionComplaint(group, payload);
        }
        if (!group.equals(GroupId.METADATA)) {
            return null;
        }
        if (kind != Kind.WRITE) {
            return "group 0 answers no queries; read the cluster's view instead";
        }
        try {
            MetadataCodec.decode(payload);
            return null;
        } catch (MetadataFormatException malformed) {
            return "not an entry for group 0: " + malformed.getMessage();
        }
    }

    private static @Nullable String sessionComplaint(GroupId group, Bytes payload) {
        if (group.equals(GroupId.METADATA)) {
            return "group 0 remembers no results: its entries may be applied again";
        }
        try {
            SessionCommand.decode(payload);
            return null;
        } catch (IllegalArgumentException malformed) {
            return String.valueOf(malformed.getMessage());
        }
    }
}
