package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.DRAINING;
import static dev.quorate.metadata.MetadataOutcome.Code.EXPIRED;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.LIMIT_REACHED;
import static dev.quorate.metadata.MetadataOutcome.Code.STALE;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_NODE;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// Decides leases and drains of descriptors, by log time and nothing else.
final class DescriptorRules {
    private DescriptorRules() {}

    static MetadataOutcome apply(Draft draft, DescriptorChange change) {
        return switch (change) {
            case DescriptorChange.LeaseGrant c -> grant(draft, c.lease());
            case DescriptorChange.LeaseRelease c -> release(draft, c);
            case DescriptorChange.DrainStart c -> drain(draft, c);
            case DescriptorChange.DrainEnd c -> {
                draft.descriptors = draft.descriptors.withoutDrain(c.descriptor());
                yield Draft.APPLIED;
            }
        };
    }

    /// A node that starts again, or leaves, holds nothing any more.
    static void fence(Draft draft, NodeId node, long incarnation) {
        draft.descriptors =
                draft.descriptors.without(
                        lease -> lease.node().equals(node) && lease.incarnation() < incarnation);
    }

    private static MetadataOutcome grant(Draft draft, DescriptorLease asked) {
        Rejected refusal = refusal(draft, asked);
        if (refusal != null) {
            return refusal;
        }
        DescriptorLease held = draft.descriptors.lease(asked.descriptor(), asked.node());
        DescriptorLease granted = asked;
        if (held != null && held.isLive(draft.nowMicros)) {
            if (asked.version() < held.version()) {
                return new Rejected(
                        STALE,
                        asked.node()
                                + " holds version "
                                + held.version()
                                + " of "
                                + asked.descriptor()
                                + " and cannot go back to "
                                + asked.version());
            }
            if (asked.version() == held.version()
                    && asked.expiresAtMicros() < held.expiresAtMicros()) {
                granted = held;
            }
        }
        if (held == null && draft.descriptors.leases().size() >= DescriptorTable.LEASES_MAX) {
            draft.descriptors = draft.descriptors.swept(draft.nowMicros);
            if (draft.descriptors.leases().size() >= DescriptorTable.LEASES_MAX) {
                return new Rejected(
                        LIMIT_REACHED, DescriptorTable.LEASES_MAX + " descriptors are leased");
            }
        }
        draft.descriptors = draft.descriptors.with(granted);
        return Draft.APPLIED;
    }

    private static @Nullable Rejected refusal(Draft draft, DescriptorLease asked) {
        NodeInfo holder = draft.topology.node(asked.node());
        if (holder == null || holder.state() == NodeState.DECOMMISSIONED) {
            return new Rejected(UNKNOWN_NODE, asked.node() + " takes no part in the cluster");
        }
        if (asked.incarnation() != holder.incarnation()) {
            return new Rejected(
                    STALE,
                    asked.node()
                            + " asks as incarnation "
                            + asked.incarnation()
                            + " and is known as "
                            + holder.incarnation());
        }
        Rejected time = timeRefusal(draft, asked.expiresAtMicros(), "a lease");
        if (time != null) {
            return time;
        }
        DescriptorTable.Drain drain = draft.descriptors.drain(asked.descriptor());
        if (drain == null
                || !drain.isLive(draft.nowMicros)
                || drain.upToVersion() < asked.version()) {
            return null;
        }
        return new Rejected(
                DRAINING,
                asked.descriptor()
                        + " drains up to version "
                        + drain.upToVersion()
                        + ": no lease on version "
                        + asked.version());
    }

    private static @Nullable Rejected timeRefusal(Draft draft, long expiresAtMicros, String what) {
        if (expiresAtMicros <= draft.nowMicros) {
            return new Rejected(EXPIRED, what + " that is over already");
        }
        return expiresAtMicros - draft.nowMicros > DescriptorLease.LEASE_MICROS_MAX
                ? new Rejected(INVALID, what + " of more than an hour")
                : null;
    }

    private static MetadataOutcome release(Draft draft, DescriptorChange.LeaseRelease change) {
        draft.descriptors =
                draft.descriptors.without(lease ->
                        lease.node().equals(change.node())
                                && lease.incarnation() <= change.incarnation()
                                && change.descriptors().contains(lease.descriptor()));
        return Draft.APPLIED;
    }

    private static MetadataOutcome drain(Draft draft, DescriptorChange.DrainStart change) {
        Rejected refusal = timeRefusal(draft, change.expiresAtMicros(), "a drain");
        if (refusal != null) {
            return refusal;
        }
        DescriptorTable.Drain known = draft.descriptors.drain(change.descriptor());
        long expiresAtMicros = change.expiresAtMicros();
        if (known != null && known.isLive(draft.nowMicros)) {
            if (change.upToVersion() < known.upToVersion()) {
                return new Rejected(
                        STALE,
                        change.descriptor()
                                + " drains up to version "
                                + known.upToVersion()
                                + " already");
            }
            expiresAtMicros = Math.max(expiresAtMicros, known.expiresAtMicros());
        }
        if (known == null && draft.descriptors.drains().size() >= DescriptorTable.DRAINS_MAX) {
            draft.descriptors = draft.descriptors.swept(draft.nowMicros);
            if (draft.descriptors.drains().size() >= DescriptorTable.DRAINS_MAX) {
                return new Rejected(
                        LIMIT_REACHED, DescriptorTable.DRAINS_MAX + " descriptors drain");
            }
        }
        draft.descriptors =
                draft.descriptors.with(
                        new DescriptorTable.Drain(
                                change.descriptor(), change.upToVersion(), expiresAtMicros));
        return Draft.APPLIED;
    }
}
