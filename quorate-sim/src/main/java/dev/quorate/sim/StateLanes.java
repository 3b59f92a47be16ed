package dev.quorate.sim;

import dev.quorate.core.NodeEffect.ForMetadata;
import dev.quorate.core.NodeEffect.ForStateMachine;
import dev.quorate.types.GroupId;
import java.util.List;

/// The lanes of one process that own state: two for state machines, one for what is kept of group
/// 0.
final class StateLanes {
    private final List<ApplyLane> machines;
    private final MetadataLane metadata;

    StateLanes(SimNode node, SimStorage storage) {
        machines =
                List.of(
                        new ApplyLane(node, storage.machines, storage.snapshots),
                        new ApplyLane(node, storage.machines, storage.snapshots));
        metadata = new MetadataLane(node, storage);
    }

    void submit(ForStateMachine effect) {
        machines.get((int) (effect.group().value() % machines.size())).submit(effect);
    }

    void submit(ForMetadata effect) {
        metadata.submit(effect);
    }

    /// The group's state machine throws at its next entry.
    void poison(GroupId group) {
        machines.get((int) (group.value() % machines.size())).poison(group);
    }

    void kick() {
        machines.forEach(ApplyLane::kick);
        metadata.kick();
    }

    boolean isIdle() {
        return metadata.isIdle() && machines.stream().allMatch(ApplyLane::isIdle);
    }

    /// The process dies while they work.
    void tear(Prng random) {
        machines.forEach(lane -> lane.tear(random));
        metadata.tear(random);
    }
}
