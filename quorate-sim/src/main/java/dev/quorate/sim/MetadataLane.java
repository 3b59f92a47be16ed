package dev.quorate.sim;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotWriter;
import dev.quorate.core.KeptMetadata;
import dev.quorate.core.NodeEffect.DropMetadata;
import dev.quorate.core.NodeEffect.ForMetadata;
import dev.quorate.core.NodeEffect.KeepMetadata;
import dev.quorate.core.NodeEffect.OfferMetadata;
import dev.quorate.core.NodeEffect.RestoreMetadata;
import dev.quorate.core.NodeInput;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayDeque;

/// The lane that keeps a node's state of group 0, as a server with a service time.
final class MetadataLane {
    private final SimNode node;
    private final SimStorage storage;
    private final ArrayDeque<ForMetadata> queue = new ArrayDeque<>();
    private boolean working;

    MetadataLane(SimNode node, SimStorage storage) {
        this.node = node;
        this.storage = storage;
    }

    void submit(ForMetadata effect) {
        queue.add(effect);
    }

    void kick() {
        if (!working && !queue.isEmpty()) {
            working = true;
            node.plan(node.forceNanos(), this::complete);
        }
    }

    boolean isIdle() {
        return !working && queue.isEmpty();
    }

    /// The process dies while the lane works: what it was about to keep is kept, or not.
    void tear(Prng random) {
        if (working && random.nextBoolean()) {
            write(queue.getFirst());
        }
    }

    private void complete() {
        ForMetadata effect = queue.removeFirst();
        working = false;
        node.post(write(effect));
        kick();
    }

    /// Does the work, durably.
    ///
    /// @return what the node is told
    private NodeInput write(ForMetadata effect) {
        return switch (effect) {
            case KeepMetadata(KeptMetadata now) -> {
                node.sawState(GroupId.METADATA, now.position().index(), hash(now.state()));
                storage.kept = now;
                yield new NodeInput.Flushed(GroupId.METADATA, now.position().index());
            }
            case OfferMetadata(KeptMetadata now) -> {
                node.sawState(GroupId.METADATA, now.position().index(), hash(now.state()));
                SimSnapshots.Content content =
                        storage.snapshots.freeze(GroupId.METADATA, new Whole(now.state()));
                yield new NodeInput.SnapshotTaken(
                        GroupId.METADATA,
                        now.position(),
                        now.stampMicros(),
                        content.sizeBytes(),
                        content.sha256());
            }
            case RestoreMetadata(var replica, var meta) -> {
                SimSnapshots.Content content = storage.snapshots.staged(GroupId.METADATA, meta);
                if (content == null) {
                    throw node.world()
                            .unsafe(node.id() + " restores " + meta + ", which is not staged");
                }
                node.sawState(GroupId.METADATA, meta.index(), hash(content.bytes()));
                storage.kept =
                        new KeptMetadata(
                                replica, meta.position(), meta.stampMicros(), content.bytes());
                yield new NodeInput.MetadataRestored(meta, content.bytes());
            }
            case DropMetadata() -> {
                storage.kept = null;
                yield new NodeInput.Wakeup();
            }
        };
    }

    private static long hash(Bytes state) {
        long hash = state.length();
        for (int i = 0; i < state.length(); i++) {
            hash = hash * 31 + state.at(i);
        }
        return hash;
    }

    /// A state, in one piece.
    private record Whole(Bytes state) implements Checkpoint {
        @Override
        public void writeTo(SnapshotWriter out) {
            byte[] all = state.toByteArray();
            out.write(all, 0, all.length);
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
