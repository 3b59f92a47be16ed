package dev.quorate.kv.door;

import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// What a request comes down to.
sealed interface Plan {
    /// The answer is known already.
    record Answer(Reply reply) implements Plan {}

    /// The answer is known, and is the last one.
    record Farewell(Reply reply) implements Plan {}

    /// Asks several shards; runs when nothing else of the connection is in flight.
    record Alone(Supplier<CompletableFuture<Reply>> action) implements Plan {}

    /// Goes into the log of the slot's group.
    record Write(int slot, KvWrite write) implements Plan {}

    /// Is answered from the state of the slot's group.
    record Read(int slot, KvQuery query) implements Plan {}
}
