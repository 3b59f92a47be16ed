package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;

/// Messages that may only leave once the term and vote they rest on are durable (Raft paper, figure
/// 2: "updated on stable storage before responding").
final class Outbox {
    private record Held(long ticket, Send send) {}

    private final ArrayDeque<Held> held = new ArrayDeque<>();

    /// Keeps a message until `ticket` is persisted.
    void hold(long ticket, NodeId to, RaftMessage message) {
        held.add(new Held(ticket, new Send(to, message)));
    }

    /// Sends what waited for `ticket` or an earlier one, unless the term has moved on since.
    void release(long ticket, long term, Effects out) {
        while (!held.isEmpty() && held.getFirst().ticket() <= ticket) {
            Send send = held.removeFirst().send();
            if (send.message().term() == term) {
                out.emit(send);
            }
        }
    }
}
