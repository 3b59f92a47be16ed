package dev.quorate.core;

import dev.quorate.core.NodeInput.Room;
import dev.quorate.raft.RaftMessage;
import dev.quorate.types.GroupId;
import dev.quorate.wire.PeerMessage;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What is let in while the journal has little room, or none (rules R8 and R9): the door is shut to
/// what would fill it further, and stays open to all that frees it.
final class Admission {
    private final Set<GroupId> overShare = new TreeSet<>();
    private Room room = Room.ENOUGH;

    void room(Room now) {
        room = now;
    }

    /// A group holds more of the journal than it may, or does not any more.
    void share(GroupId group, boolean isOver) {
        if (isOver) {
            overShare.add(group);
        } else {
            overShare.remove(group);
        }
    }

    /// Why no client may add to a group's log now, in a sentence; null if one may. Group 0 may
    /// always: what it says is little, and may be what makes room.
    @Nullable String shortage(GroupId group) {
        if (overShare.contains(group)) {
            return group + " holds too much of this node's journal; try again later";
        }
        return room == Room.ENOUGH || group.equals(GroupId.METADATA)
                ? null
                : "the journal of this node is short of room; try again later";
    }

    /// Whether a message is taken in. Entries for which there is no room are not, as if they had
    /// been lost: the leader tries again.
    boolean takes(PeerMessage.Raft envelope) {
        return !(envelope.message() instanceof RaftMessage.AppendRequest append)
                || append.entries().isEmpty()
                || (room != Room.NONE && !overShare.contains(envelope.group()));
    }
}
