package dev.quorate.swim;

import java.util.List;

/// A picture of the overlay, to be shown.
///
/// @param self this node's incarnation
/// @param localHealth 0 when all is well; each step stretches timeouts (Lifeguard, LHA-Probe)
/// @param members all other members, by id
/// @param counters what happened so far
public record SwimView(
        Incarnation self, int localHealth, List<MemberStatus> members, Counters counters) {
    /// What happened since the start.
    ///
    /// @param packetsSent datagrams emitted
    /// @param packetsHeard datagrams taken in
    /// @param packetsRefused datagrams of other clusters, for other nodes or from strangers
    /// @param probesFailed probe rounds without an answer
    /// @param refutations times that this node had to defend itself
    /// @param stalls times that this node was late for its own deadlines
    public record Counters(
            long packetsSent,
            long packetsHeard,
            long packetsRefused,
            long probesFailed,
            long refutations,
            long stalls) {}

    public SwimView {
        members = List.copyOf(members);
    }
}
