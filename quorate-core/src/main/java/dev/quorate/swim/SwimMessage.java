package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.List;

/// What one failure detector says to another. May be lost, repeated and reordered.
public sealed interface SwimMessage {
    /// "Are you there?" Answered by an [Ack] with the same number.
    ///
    /// @param sequence the sender's, never 0 reused within a life
    record Ping(long sequence) implements SwimMessage {}

    /// "Please ask `target` for me." Answered by an [Ack], or by a [Nack] when the target is
    /// silent.
    record PingRequest(long sequence, NodeId target) implements SwimMessage {}

    /// Whoever was asked for with this number is there.
    record Ack(long sequence) implements SwimMessage {}

    /// "I asked on your behalf, and had no answer so far": proves that the asker's own network
    /// works (Lifeguard, LHA-Probe).
    record Nack(long sequence) implements SwimMessage {}

    /// Carries rumours, and asks nothing.
    record Gossip() implements SwimMessage {}

    /// Push and pull: "this is all I know of members with ids in `(above, upTo]`; tell me where you
    /// know better". Members that are not listed were never heard of.
    record Sync(long above, long upTo, List<Rumour> known) implements SwimMessage {
        public Sync {
            known = List.copyOf(known);
        }
    }

    /// What the answerer of a [Sync] knew better.
    record SyncReply(List<Rumour> known) implements SwimMessage {
        public SyncReply {
            known = List.copyOf(known);
        }
    }

    /// Length on the wire, in bytes, without the packet's header and rumours.
    default int bytes() {
        return switch (this) {
            case Ping _, Ack _, Nack _ -> 8;
            case PingRequest _ -> 16;
            case Gossip _ -> 0;
            case Sync sync -> 18 + Rumour.BYTES * sync.known().size();
            case SyncReply reply -> 2 + Rumour.BYTES * reply.known().size();
        };
    }
}
