package dev.quorate.sim;

import dev.quorate.core.KeptMetadata;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// Everything that happened in a run, as one number and as the last few lines.
///
/// The number is equal for two runs exactly when they did the same things at the same times. It is
/// made from values only: hash codes of enums and the like differ from one JVM to the next.
final class TraceLog {
    private static final int LINES = 200;

    private final long[] times = new long[LINES];
    private final long[] nodes = new long[LINES];
    private final Object[] things = new Object[LINES];
    private long count;
    private long hash = 0x51_0a_1eL;
    private final Consumer<String> listener;
    private final boolean listens;

    TraceLog() {
        listener = _ -> {};
        listens = false;
    }

    /// @param listener hears every line
    TraceLog(Consumer<String> listener) {
        this.listener = listener;
        listens = true;
    }

    /// An empty one with the same listener.
    TraceLog fresh() {
        return listens ? new TraceLog(listener) : new TraceLog();
    }

    /// Notes what happened to a node.
    void input(long nowNanos, NodeId node, NodeInput input) {
        note(nowNanos, node.value(), input);
        mix(hashOf(input));
    }

    /// Notes what a node asked for.
    void effect(long nowNanos, NodeId node, NodeEffect effect) {
        note(nowNanos, node.value(), effect);
        mix(hashOf(effect));
    }

    /// Notes what the simulator did; node 0 stands for the world.
    void event(long nowNanos, long node, String what) {
        note(nowNanos, node, what);
        mix(what.hashCode());
    }

    /// Mixes bytes into the number.
    void bytes(byte[] content, int length) {
        long sum = length;
        for (int i = 0; i < length; i++) {
            sum = sum * 31 + content[i];
        }
        mix(sum);
    }

    /// The number.
    public long hash() {
        return hash;
    }

    /// The last things that happened, oldest first, one per line.
    public String lastLines() {
        StringBuilder text = new StringBuilder();
        for (long at = Math.max(0, count - LINES); at < count; at++) {
            int slot = (int) (at % LINES);
            text.append(line(times[slot], nodes[slot], things[slot])).append('\n');
        }
        return text.toString();
    }

    private static String line(long nanos, long node, Object thing) {
        return String.format(
                Locale.ROOT, "%14.6f ms  n%d  %s", nanos / 1e6, node, shortened(thing));
    }

    private static String shortened(Object thing) {
        String text = String.valueOf(thing);
        return text.length() <= 400 ? text : text.substring(0, 400) + "…";
    }

    private void note(long nowNanos, long node, Object what) {
        int slot = (int) (count % LINES);
        times[slot] = nowNanos;
        nodes[slot] = node;
        things[slot] = what;
        count++;
        if (listens) {
            listener.accept(line(nowNanos, node, what));
        }
        mix(nowNanos ^ (node << 56));
    }

    private void mix(long value) {
        hash = scramble(hash ^ value) + 0x9E3779B97F4A7C15L;
    }

    private static long scramble(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static long hashOf(NodeInput input) {
        return switch (input) {
            case NodeInput.Received(NodeId from, var _) -> 100 + from.value();
            case NodeInput.LinkChanged(NodeId peer, boolean up) ->
                    peer.value() * 2 + (up ? 1 : 0) + 200;
            case NodeInput.Write write -> write.requestId() * 31 + write.command().hashCode();
            case NodeInput.Read read -> read.requestId() * 37 + read.query().hashCode();
            case NodeInput.Persisted(long ticket) -> ticket * 41;
            case NodeInput.Opened(var group, long applied) -> group.value() * 43 + applied;
            case NodeInput.Applied applied ->
                    applied.group().value() * 47 + applied.index() * 53 + applied.tickAtMicros();
            case NodeInput.Answered answered ->
                    answered.requestId() * 59 + answered.result().hashCode();
            case NodeInput.Flushed(var group, long index) -> group.value() * 61 + index;
            case NodeInput.ApplyFailed(var group, var cause) ->
                    group.value() * 67 + cause.hashCode();
            case NodeInput.RestoreFailed(var group, var cause) ->
                    group.value() * 69 + cause.hashCode();
            case NodeInput.LogRead(var group, var peer, var entries) ->
                    group.value() * 71 + peer.value() * 73 + hashOf(entries);
            case NodeInput.JournalFailed(var cause) -> cause.hashCode();
            case NodeInput.SessionWrite write ->
                    write.requestId() * 173 + write.payload().hashCode();
            case NodeInput.ChangeMembers change -> change.toString().hashCode();
            case NodeInput.Transfer transfer -> transfer.toString().hashCode();
            case NodeInput.Drain() -> 179;
            case NodeInput.QueryFailed failed -> failed.requestId() * 181;
            case NodeInput.SnapshotTaken taken ->
                    taken.group().value() * 191 + taken.sha256().hashCode();
            case NodeInput.SnapshotFetched(var group, var meta) ->
                    group.value() * 193 + meta.index();
            case NodeInput.SnapshotFailed failed -> failed.toString().hashCode();
            case NodeInput.Restored(var group, var meta) -> group.value() * 197 + meta.index();
            case NodeInput.ReplicaLost(var replica) -> replica.toString().hashCode();
            case NodeInput.JournalRoom(var room) -> 263 + room.name().hashCode();
            case NodeInput.JournalShare(var group, boolean isOver) ->
                    group.value() * 269 + (isOver ? 1 : 0);
            case NodeInput.JournalPressed() -> 199;
            case NodeInput.MetadataRestored(var meta, var state) ->
                    meta.index() * 283 + state.hashCode();
            case NodeInput.TurnedAway(NodeId by, var _) -> by.value() * 293;
            case NodeInput.Wakeup() -> 79;
        };
    }

    private static long hashOf(NodeEffect effect) {
        return switch (effect) {
            case NodeEffect.Persist(long ticket, var group, var hardState, var entries) -> {
                long vote = hardState == null ? 0 : hardState.term() * 31 + voteOf(hardState);
                yield ticket * 83 + group.value() * 89 + vote * 97 + hashOf(entries);
            }
            case NodeEffect.Create(long ticket, var replica) ->
                    ticket * 101 + replica.group().value();
            case NodeEffect.Compact(var group, long index, long term, var _) ->
                    group.value() * 103 + index * 107 + term;
            case NodeEffect.Destroy destroy -> destroy.toString().hashCode();
            case NodeEffect.MarkInstalling mark -> mark.ticket() * 211 + mark.meta().index();
            case NodeEffect.Installed installed ->
                    installed.ticket() * 223 + (installed.keepsSuffix() ? 1 : 0);
            case NodeEffect.TakeSnapshot(var group) -> group.value() * 227;
            case NodeEffect.Restore(var group, var meta) -> group.value() * 229 + meta.index();
            case NodeEffect.Drop(var group) -> group.value() * 233;
            case NodeEffect.ReleaseSnapshot(var group) -> group.value() * 239;
            case NodeEffect.FetchSnapshot(var group, var from, var meta) ->
                    group.value() * 241 + from.value() * 251 + meta.index();
            case NodeEffect.DropFetched(var group) -> group.value() * 257;
            case NodeEffect.ConfigurationChanged changed -> changed.toString().hashCode();
            case NodeEffect.ReadLog(var group, var peer, long from, int bytes) ->
                    group.value() * 109 + peer.value() * 113 + from * 127 + bytes;
            case NodeEffect.Open(var group, var begins, long micros) ->
                    group.value() * 131 + begins.index() * 137 + micros;
            case NodeEffect.Apply(var group, var entries) -> group.value() * 137 + hashOf(entries);
            case NodeEffect.Query query -> query.requestId() * 139 + query.appliedIndex();
            case NodeEffect.Send(var to, var _) -> to.value() * 149;
            case NodeEffect.Reply(long requestId, var outcome) ->
                    requestId * 151 + outcome.toString().hashCode();
            case NodeEffect.MetadataChanged(var _, var after) -> after.index() * 157;
            case NodeEffect.LeaderChanged(var group, long term, var leader) ->
                    group.value() * 163 + term * 167 + (leader == null ? 0 : leader.value());
            case NodeEffect.Dismissed(var _) -> 263;
            case NodeEffect.KeepMetadata(var now) -> hashOf(now, 269);
            case NodeEffect.OfferMetadata(var now) -> hashOf(now, 271);
            case NodeEffect.RestoreMetadata(var _, var meta) -> meta.index() * 277;
            case NodeEffect.DropMetadata() -> 281;
            case NodeEffect.Traced(var trace) -> trace.toString().hashCode();
        };
    }

    private static long hashOf(KeptMetadata now, long factor) {
        return now.position().index() * factor + now.state().hashCode();
    }

    private static long voteOf(HardState hardState) {
        ReplicaId voted = hardState.votedFor();
        return voted == null ? 0 : voted.value();
    }

    private static long hashOf(List<Entry> entries) {
        long sum = entries.size();
        for (Entry entry : entries) {
            sum = sum * 31 + hashOf(entry);
        }
        return sum;
    }

    /// A number for an entry's whole content.
    static long hashOf(Entry entry) {
        long sum = entry.term() * 31 + entry.index();
        sum = sum * 31 + entry.stampMicros();
        sum = sum * 31 + entry.kind().name().hashCode();
        return scramble(sum * 31 + entry.payload().hashCode());
    }
}
