package dev.quorate.wire;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.raft.RaftMessage;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import java.util.List;

/// Everything one node says to another once their link is up. The sender's identity comes from the
/// link, never from the message.
public sealed interface PeerMessage {
    /// A message between two replicas.
    ///
    /// @param from the replica that speaks
    /// @param to the replica that is meant: another one on the same node must not hear it (rule R6)
    record Raft(GroupId group, ReplicaId from, ReplicaId to, RaftMessage message)
            implements PeerMessage {}

    /// A client's request, sent on by a node that does not lead the group. Never sent on again.
    ///
    /// @param requestId the sender's, echoed in the answer
    /// @param level how fresh a read must be; [ReadLevel#LINEARIZABLE] for writes
    /// @param remainingMicros how long the client still waits, in microseconds
    record Forward(
            long requestId,
            GroupId group,
            RequestKind kind,
            ReadLevel level,
            long remainingMicros,
            Bytes payload)
            implements PeerMessage {}

    /// Answers a [Forward].
    record Answer(long requestId, Outcome outcome) implements PeerMessage {}

    /// The groups that the sender leads and the receiver holds no replica of: whoever hosts a group
    /// hears its leader anyway.
    record Leads(List<Claim> claims) implements PeerMessage {
        /// Most claims in one message.
        public static final int CLAIMS_MAX = 4096;

        /// One group led by the sender.
        ///
        /// @param term the term it leads in
        public record Claim(GroupId group, long term) {}

        public Leads {
            claims = List.copyOf(claims);
            if (claims.size() > CLAIMS_MAX) {
                throw new IllegalArgumentException(claims.size() + " claims to lead");
            }
        }
    }

    /// Nobody waits for the answer to a [Forward] any more. A write may be applied all the same.
    ///
    /// @param requestId of the forward, as its sender numbered it
    record Cancel(long requestId) implements PeerMessage {}

    /// Group 0 has placed a replica of itself on the receiving node. From a node that hosts group 0
    /// and has seen it committed there; the receiver may have no other way to know (rule R6).
    ///
    /// @param replica the receiver's
    /// @param founders group 0's first voters
    record Invitation(ReplicaId replica, List<Member> founders) implements PeerMessage {
        /// Most founders of a group.
        public static final int FOUNDERS_MAX = 15;

        public Invitation {
            founders = List.copyOf(founders);
            if (founders.isEmpty() || founders.size() > FOUNDERS_MAX) {
                throw new IllegalArgumentException(
                        "group 0 was not founded by " + founders.size() + " replicas");
            }
        }
    }

    /// A frame was not taken: this version does not know its type, or it could not be read. Only
    /// for frames without a request id; a request is refused with an [Answer].
    ///
    /// @param frameType number of the type, 0 to 255
    /// @param why code, retry class and sentence
    record Refusal(int frameType, Outcome.Rejected why) implements PeerMessage {}

    /// A datagram of the failure detector, as [SwimCodec] lays it out. As good as lost if it is not
    /// taken.
    record Gossip(Bytes datagram) implements PeerMessage {
        /// Longest datagram, in bytes.
        public static final int BYTES_MAX = 65_000;
    }

    /// Where the sender is to be reached in its present life: said on each new link, so that a node
    /// that moved is found again before group 0 can be told.
    ///
    /// @param bootEpoch of the sender; what an earlier life said counts no more
    /// @param linksAddress `host:port`
    record Here(long bootEpoch, String linksAddress) implements PeerMessage {
        /// Characters of an address.
        public static final int ADDRESS_LENGTH_MAX = 256;

        public Here {
            if (bootEpoch < 1 || linksAddress.length() > ADDRESS_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "boot epoch " + bootEpoch + ", address of " + linksAddress.length());
            }
        }
    }

    /// What does your wall clock show?
    ///
    /// @param askedNanos the asker's monotonic time, echoed: a slow answer says little
    record ClockAsk(long askedNanos) implements PeerMessage {}

    /// Answers a [ClockAsk].
    ///
    /// @param wallMicros the wall clock as it is, in microseconds since the epoch
    record ClockTold(long askedNanos, long wallMicros) implements PeerMessage {}

    /// What a request wants. The numbers are on the wire: append only.
    enum RequestKind {
        /// Replicate a command.
        WRITE,
        /// Answer a query.
        READ,
        /// Replicate a command once, however often it is tried.
        SESSION_WRITE,
    }
}
