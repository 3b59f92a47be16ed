package dev.quorate.node;

import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a node can say of itself at one instant, for operators. Immutable.
///
/// @param groups those this node hosts, at most a second old
/// @param links the other nodes, by id
/// @param events the latest things worth telling, oldest first
/// @param refusals who and what was refused lately, oldest first
/// @param parts what runs in the node, in the order of its start
public record NodeStatus(
        ClusterId cluster,
        NodeId self,
        long bootEpoch,
        Lifecycle lifecycle,
        Duration uptime,
        List<Group> groups,
        List<Link> links,
        Counts counts,
        List<Noted> events,
        List<Noted> refusals,
        List<Part> parts) {
    /// A group that this node hosts.
    ///
    /// @param role `leader`, `follower`, `candidate` or `pre-candidate`
    /// @param leader null while nobody is known to lead
    /// @param voters the nodes that vote in it, as this replica's log says; while a change is under
    ///   way, those that are to vote
    /// @param outgoing those that voted before and still do; empty unless a change is under way
    /// @param learners those that receive its log and have no vote
    /// @param firstIndex the first entry its log still holds here
    /// @param lastIndex the last entry of its log here
    /// @param trouble why it stands still here; empty when all is well
    public record Group(
            GroupId id,
            String role,
            long term,
            @Nullable NodeId leader,
            List<NodeId> voters,
            List<NodeId> outgoing,
            List<NodeId> learners,
            long firstIndex,
            long lastIndex,
            long commitIndex,
            long appliedIndex,
            String trouble) {
        public Group {
            voters = List.copyOf(voters);
            outgoing = List.copyOf(outgoing);
            learners = List.copyOf(learners);
        }
    }

    /// The link to another node.
    public record Link(NodeId peer, String address, boolean up) {}

    /// A part of the node.
    ///
    /// @param trouble why it does not do its work just now; empty while it does
    public record Part(String name, String trouble) {}

    /// One sentence and when it was said.
    ///
    /// @param atMillis since the Unix epoch
    public record Noted(long atMillis, String sentence) {}

    /// Counts since the node started, at most a second old.
    ///
    /// @param turns of the reactor
    /// @param inputs taken from the reactor's mailbox
    /// @param applied requests answered with success
    /// @param rejected requests refused
    /// @param unknown requests whose end is not known
    /// @param pending requests being worked on just now
    /// @param commits times the journal was forced for new data
    /// @param sent messages handed to the links
    /// @param unsent messages the links did not take
    /// @param received frames that came
    /// @param dropped frames dropped because the reactor had too much to read
    /// @param malformed frames that were none
    public record Counts(
            long turns,
            long inputs,
            long applied,
            long rejected,
            long unknown,
            int pending,
            long commits,
            long sent,
            long unsent,
            long received,
            long dropped,
            long malformed) {}

    public NodeStatus {
        groups = List.copyOf(groups);
        links = List.copyOf(links);
        events = List.copyOf(events);
        refusals = List.copyOf(refusals);
        parts = List.copyOf(parts);
    }
}
