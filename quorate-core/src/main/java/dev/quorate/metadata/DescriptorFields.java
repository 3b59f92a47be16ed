package dev.quorate.metadata;

import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The fields of leases and drains of descriptors, in entries and in the state. Tags are never
/// changed or used again.
final class DescriptorFields {
    private DescriptorFields() {}

    static FieldWriter write(FieldWriter to, DescriptorChange change) {
        return switch (change) {
            case DescriptorChange.LeaseGrant e -> to.message(1, lease(e.lease()));
            case DescriptorChange.LeaseRelease e ->
                    to.number(1, e.node().value())
                            .number(2, e.incarnation())
                            .sequence(
                                    3,
                                    e.descriptors().stream()
                                            .map(id -> descriptor(id).toByteArray())
                                            .toList());
            case DescriptorChange.DrainStart e ->
                    drain(to, e.descriptor(), e.upToVersion(), e.expiresAtMicros());
            case DescriptorChange.DrainEnd e -> to.message(1, descriptor(e.descriptor()));
        };
    }

    static DescriptorChange read(EntryKind kind, FieldReader from) {
        return switch (kind) {
            case DESCRIPTOR_LEASE_GRANT -> {
                DescriptorLease lease = readLease(from.message(1));
                yield new DescriptorChange.LeaseGrant(lease, from.unknown());
            }
            case DESCRIPTOR_LEASE_RELEASE -> {
                NodeId node = from.node(1);
                long incarnation = from.number(2);
                List<DescriptorId> descriptors = new ArrayList<>();
                for (ByteBuffer part : from.sequence(3)) {
                    descriptors.add(readDescriptor(part));
                }
                yield new DescriptorChange.LeaseRelease(
                        node, incarnation, descriptors, from.unknown());
            }
            case DESCRIPTOR_DRAIN_START -> {
                DescriptorTable.Drain drain = readDrain(from);
                yield new DescriptorChange.DrainStart(
                        drain.descriptor(),
                        drain.upToVersion(),
                        drain.expiresAtMicros(),
                        from.unknown());
            }
            case DESCRIPTOR_DRAIN_END -> {
                DescriptorId descriptor = readDescriptor(from.message(1));
                yield new DescriptorChange.DrainEnd(descriptor, from.unknown());
            }
            default -> throw from.malformed("not an entry about descriptors: " + kind);
        };
    }

    static FieldWriter table(DescriptorTable table) {
        List<byte[]> leases = new ArrayList<>();
        for (DescriptorLease lease : table.leases()) {
            leases.add(lease(lease).toByteArray());
        }
        List<byte[]> drains = new ArrayList<>();
        for (DescriptorTable.Drain drain : table.drains()) {
            drains.add(
                    drain(
                                    new FieldWriter(),
                                    drain.descriptor(),
                                    drain.upToVersion(),
                                    drain.expiresAtMicros())
                            .toByteArray());
        }
        return new FieldWriter().sequence(1, leases).sequence(2, drains);
    }

    static DescriptorTable readTable(ByteBuffer encoded) {
        FieldReader from = new FieldReader("descriptors", encoded);
        List<DescriptorLease> leases = new ArrayList<>();
        for (ByteBuffer part : from.sequence(1)) {
            leases.add(readLease(part));
        }
        List<DescriptorTable.Drain> drains = new ArrayList<>();
        for (ByteBuffer part : from.sequence(2)) {
            FieldReader drain = new FieldReader("drain", part);
            drains.add(readDrain(drain));
            drain.requireAllKnown();
        }
        from.requireAllKnown();
        return new DescriptorTable(leases, drains);
    }

    private static FieldWriter descriptor(DescriptorId id) {
        return new FieldWriter().number(1, id.tenant()).text(2, id.kind()).text(3, id.name());
    }

    private static DescriptorId readDescriptor(ByteBuffer encoded) {
        FieldReader from = new FieldReader("descriptor", encoded);
        DescriptorId id = new DescriptorId(from.number(1), from.text(2), from.text(3));
        from.requireAllKnown();
        return id;
    }

    private static FieldWriter lease(DescriptorLease lease) {
        return new FieldWriter()
                .message(1, descriptor(lease.descriptor()))
                .number(2, lease.version())
                .number(3, lease.node().value())
                .number(4, lease.incarnation())
                .number(5, lease.expiresAtMicros());
    }

    private static DescriptorLease readLease(ByteBuffer encoded) {
        FieldReader from = new FieldReader("lease", encoded);
        DescriptorLease lease =
                new DescriptorLease(
                        readDescriptor(from.message(1)),
                        from.number(2),
                        from.node(3),
                        from.number(4),
                        from.number(5));
        from.requireAllKnown();
        return lease;
    }

    private static FieldWriter drain(
            FieldWriter to, DescriptorId descriptor, long upToVersion, long expiresAtMicros) {
        return to.message(1, descriptor(descriptor))
                .number(2, upToVersion)
                .number(3, expiresAtMicros);
    }

    private static DescriptorTable.Drain readDrain(FieldReader from) {
        return new DescriptorTable.Drain(
                readDescriptor(from.message(1)), from.number(2), from.number(3));
    }
}
