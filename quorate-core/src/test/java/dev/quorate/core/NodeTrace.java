package dev.quorate.core;

import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.wire.PeerMessage;
import java.util.Optional;

/// Inputs and effects in few words, without beats that confirm no read, and without what changes
/// from run to run.
final class NodeTrace {
    Optional<String> of(NodeInput input) {
        return switch (input) {
            case NodeInput.Received(var from, var message) ->
                    of(message).map(words -> words + " from " + from);
            case NodeInput.Wakeup _, NodeInput.LinkChanged _ -> Optional.empty();
            default -> Optional.of(input.getClass().getSimpleName());
        };
    }

    Optional<String> of(NodeEffect effect) {
        return switch (effect) {
            case NodeEffect.Send(var to, var message) ->
                    of(message).map(words -> words + " to " + to);
            case NodeEffect.Persist persist ->
                    Optional.of("Persist " + persist.group() + " " + persist.entries().size());
            case NodeEffect.Apply apply ->
                    Optional.of("Apply " + apply.group() + " " + apply.entries().size());
            case NodeEffect.Reply(_, var outcome) ->
                    Optional.of("Reply " + outcome.getClass().getSimpleName());
            default -> Optional.of(effect.getClass().getSimpleName());
        };
    }

    private static Optional<String> of(PeerMessage message) {
        return switch (message) {
            case PeerMessage.Raft raft ->
                    switch (raft.message()) {
                        case AppendRequest append ->
                                Optional.of("AppendRequest " + append.entries().size());
                        case AppendAccepted _ -> Optional.of("AppendAccepted");
                        case Heartbeat beat when beat.round() > 0 -> Optional.of("Heartbeat");
                        case HeartbeatReply reply when reply.round() > 0 ->
                                Optional.of("HeartbeatReply");
                        default -> Optional.empty();
                    };
            case PeerMessage.Leads _,
                    PeerMessage.Refusal _,
                    PeerMessage.Gossip _,
                    PeerMessage.Here _,
                    PeerMessage.ClockAsk _,
                    PeerMessage.ClockTold _,
                    PeerMessage.Invitation _ ->
                    Optional.empty();
            case PeerMessage.Cancel _ -> Optional.of("Cancel");
            case PeerMessage.Forward forward -> Optional.of("Forward " + forward.kind());
            case PeerMessage.Answer answer ->
                    Optional.of("Answer " + answer.outcome().getClass().getSimpleName());
        };
    }
}
