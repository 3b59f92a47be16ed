package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.types.VShardId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The fields of the directory, in reports and in the state. Tags are never changed or used again.
final class RoutingFields {
    private RoutingFields() {}

    static FieldWriter write(FieldWriter to, RoutingChange change) {
        return switch (change) {
            case RoutingChange.ReassignVShard e ->
                    to.number(1, e.vshard().value())
                            .number(2, e.group().value())
                            .number(3, e.leaseholder().value())
                            .number(4, e.epoch());
            case RoutingChange.LeadershipTransfer e ->
                    to.number(1, e.group().value())
                            .number(2, e.leader().value())
                            .number(3, e.term());
            case RoutingChange.RemoveMember e ->
                    to.number(1, e.group().value())
                            .number(2, e.node().value())
                            .number(3, e.configIndex());
            case RoutingChange.ReportConfiguration e ->
                    to.number(1, e.group().value())
                            .members(2, e.voters())
                            .members(3, e.learners())
                            .number(4, e.configIndex())
                            .members(5, e.outgoing());
            case RoutingChange.ReportQuarantine e ->
                    to.number(1, e.group().value()).members(2, List.of(e.member()));
        };
    }

    static RoutingChange read(EntryKind kind, FieldReader from) {
        if (kind == EntryKind.REASSIGN_VSHARD) {
            VShardId vshard = new VShardId(from.count(1));
            GroupId group = new GroupId(from.number(2));
            NodeId leaseholder = from.node(3);
            long epoch = from.number(4);
            return new RoutingChange.ReassignVShard(
                    vshard, group, leaseholder, epoch, from.unknown());
        }
        GroupId group = new GroupId(from.number(1));
        return switch (kind) {
            case LEADERSHIP_TRANSFER -> {
                NodeId leader = from.node(2);
                long term = from.number(3);
                yield new RoutingChange.LeadershipTransfer(group, leader, term, from.unknown());
            }
            case REMOVE_MEMBER -> {
                NodeId node = from.node(2);
                long configIndex = from.number(3);
                yield new RoutingChange.RemoveMember(group, node, configIndex, from.unknown());
            }
            case REPORT_CONFIGURATION -> {
                List<Member> voters = from.members(2);
                List<Member> learners = from.members(3);
                long configIndex = from.number(4);
                List<Member> outgoing = from.members(5);
                yield new RoutingChange.ReportConfiguration(
                        group, configIndex, voters, outgoing, learners, from.unknown());
            }
            case REPORT_QUARANTINE -> {
                List<Member> members = from.members(2);
                if (members.size() != 1) {
                    throw from.malformed("one replica is quarantined, not " + members.size());
                }
                yield new RoutingChange.ReportQuarantine(group, members.getFirst(), from.unknown());
            }
            default -> throw from.malformed("not a report: " + kind);
        };
    }

    static FieldWriter table(RoutingTable routing) {
        List<byte[]> groups = new ArrayList<>();
        for (GroupInfo group : routing.groups()) {
            groups.add(group(group).toByteArray());
        }
        long[] owners = new long[2 * VShardId.COUNT];
        boolean owned = false;
        for (int v = 0; v < VShardId.COUNT; v++) {
            GroupId owner = routing.groupOf(new VShardId(v));
            owners[2 * v] = owner == null ? 0 : owner.value();
            owners[2 * v + 1] = routing.epochOf(new VShardId(v));
            owned |= owner != null;
        }
        return new FieldWriter().sequence(1, groups).numbers(2, owned ? owners : new long[0]);
    }

    static RoutingTable readTable(ByteBuffer encoded) {
        FieldReader from = new FieldReader("routing", encoded);
        RoutingTable routing = RoutingTable.EMPTY;
        for (ByteBuffer group : from.sequence(1)) {
            routing = routing.with(readGroup(new GroupId(routing.groups().size()), group));
        }
        long[] owners = from.numbers(2);
        if (owners.length != 0 && owners.length != 2 * VShardId.COUNT) {
            throw from.malformed("there are not " + VShardId.COUNT + " vShards");
        }
        boolean owned = false;
        for (int v = 0; v < owners.length / 2; v++) {
            long owner = owners[2 * v];
            long epoch = owners[2 * v + 1];
            if (owner != 0) {
                routing = routing.with(new VShardId(v), new GroupId(owner), epoch);
                owned = true;
            } else if (epoch != 0) {
                throw from.malformed("vShard " + v + " has an epoch and no owner");
            }
        }
        if (owners.length != 0 && !owned) {
            throw from.malformed("owners are listed and there is none");
        }
        from.requireAllKnown();
        return routing;
    }

    private static FieldWriter group(GroupInfo group) {
        long[] quarantined = group.quarantined().stream().mapToLong(ReplicaId::value).toArray();
        long[] tombstones = new long[3 * group.tombstones().size()];
        for (int i = 0; i < group.tombstones().size(); i++) {
            GroupInfo.Tombstone gone = group.tombstones().get(i);
            tombstones[3 * i] = gone.member().node().value();
            tombstones[3 * i + 1] = gone.member().replica().value();
            tombstones[3 * i + 2] = gone.index();
        }
        return new FieldWriter()
                .members(1, group.members())
                .members(2, group.voters())
                .members(3, group.learners())
                .number(4, group.configIndex())
                .number(5, group.epoch())
                .members(6, group.founders())
                .members(7, group.configuration().outgoing())
                .numbers(8, quarantined)
                .numbers(9, tombstones)
                .members(10, group.listeners());
    }

    private static GroupInfo readGroup(GroupId id, ByteBuffer encoded) {
        FieldReader from = new FieldReader("group " + id, encoded);
        List<Member> members = from.members(1);
        List<Member> voters = from.members(2);
        List<Member> learners = from.members(3);
        long configIndex = from.number(4);
        long epoch = from.number(5);
        List<Member> founders = from.members(6);
        List<Member> outgoing = from.members(7);
        List<ReplicaId> quarantined = new ArrayList<>();
        for (long replica : from.numbers(8)) {
            quarantined.add(new ReplicaId(replica));
        }
        long[] numbers = from.numbers(9);
        if (numbers.length % 3 != 0) {
            throw from.malformed("field 9 ends within a tombstone");
        }
        List<GroupInfo.Tombstone> tombstones = new ArrayList<>();
        for (int i = 0; i < numbers.length; i += 3) {
            Member member = new Member(new NodeId(numbers[i]), new ReplicaId(numbers[i + 1]));
            tombstones.add(new GroupInfo.Tombstone(member, numbers[i + 2]));
        }
        List<Member> listeners = from.members(10);
        from.requireAllKnown();
        return new GroupInfo(
                id,
                founders,
                members,
                listeners,
                new GroupInfo.Configuration(configIndex, voters, outgoing, learners),
                quarantined,
                tombstones,
                epoch);
    }
}
