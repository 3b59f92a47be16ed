package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One cluster-wide fact or command: what group 0's log holds, and the only way to change what the
/// cluster believes about itself.
///
/// Every kind carries the fields of its encoding that this build does not know, so that nothing a
/// newer build wrote is lost when an older one passes it on.
public sealed interface MetadataEntry
        permits MetadataEntry.Batch,
                MetadataEntry.CatalogDdl,
                MetadataEntry.CatalogDdlAudited,
                MetadataEntry.ClusterVersionBump,
                MetadataEntry.DenyNode,
                MetadataEntry.PinNodeIdentity,
                MetadataEntry.RevokeIdentity,
                MetadataEntry.SetClusterSetting,
                MetadataEntry.SetPlacement,
                MetadataEntry.SurrogateAlloc,
                CaTrustChange,
                DescriptorChange,
                JoinTokenTransition,
                MigrationChange,
                NodeKeyChange,
                RoutingChange,
                TopologyChange,
                VShardMove {
    /// Fields that a newer build added; empty for entries made by this one.
    UnknownFields unknown();

    /// Applies its children in order at one index, all or nothing.
    ///
    /// @param entries may be batches again, [MetadataCodec#BATCH_DEPTH_MAX] deep
    record Batch(List<MetadataEntry> entries, UnknownFields unknown) implements MetadataEntry {
        public Batch {
            entries = List.copyOf(entries);
        }

        /// A batch of this build's making.
        public Batch(List<? extends MetadataEntry> entries) {
            this(List.copyOf(entries), UnknownFields.NONE);
        }
    }

    /// A change of the embedder's own catalog: opaque here, only counted.
    record CatalogDdl(Bytes payload, UnknownFields unknown) implements MetadataEntry {
        /// An entry of this build's making.
        public CatalogDdl(Bytes payload) {
            this(payload, UnknownFields.NONE);
        }
    }

    /// A [CatalogDdl] that says who made it.
    record CatalogDdlAudited(Bytes payload, CatalogChange.Author author, UnknownFields unknown)
            implements MetadataEntry {
        /// An entry of this build's making.
        public CatalogDdlAudited(Bytes payload, CatalogChange.Author author) {
            this(payload, author, UnknownFields.NONE);
        }
    }

    /// Takes the numbers after `from` up to `to` for whoever proposed it, and nobody else ever.
    ///
    /// @param from the highest number taken so far, as the proposer saw it; rejected when it is no
    ///   longer so
    /// @param to higher
    record SurrogateAlloc(long from, long to, UnknownFields unknown) implements MetadataEntry {
        public SurrogateAlloc {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException(
                        "numbers are taken upwards, not from " + from + " to " + to);
            }
        }

        /// An entry of this build's making.
        public SurrogateAlloc(long from, long to) {
            this(from, to, UnknownFields.NONE);
        }
    }

    /// Raises the version of wire and entry formats that the cluster may use.
    ///
    /// @param from what the proposer saw; rejected when it is no longer so
    /// @param to higher, and within reach of every node
    record ClusterVersionBump(int from, int to, UnknownFields unknown) implements MetadataEntry {
        public ClusterVersionBump {
            if (from < 0 || to <= from || to > WireRange.VERSION_MAX) {
                throw new IllegalArgumentException(
                        "the cluster version must rise within 0.."
                                + WireRange.VERSION_MAX
                                + ", not go from "
                                + from
                                + " to "
                                + to);
            }
        }

        /// An entry of this build's making.
        public ClusterVersionBump(int from, int to) {
            this(from, to, UnknownFields.NONE);
        }
    }

    /// Ties a node's identity to a key: who proves to hold the key is the node, whatever its
    /// address.
    ///
    /// @param spkiSha256 SHA-256 of the key's SubjectPublicKeyInfo, 32 bytes
    record PinNodeIdentity(NodeId node, Bytes spkiSha256, UnknownFields unknown)
            implements MetadataEntry {
        public PinNodeIdentity {
            if (spkiSha256.length() != NodeInfo.PIN_LENGTH) {
                throw new IllegalArgumentException(
                        "a key pin is a SHA-256 of "
                                + NodeInfo.PIN_LENGTH
                                + " bytes, not of "
                                + spkiSha256.length());
            }
        }

        /// An entry of this build's making.
        public PinNodeIdentity(NodeId node, Bytes spkiSha256) {
            this(node, spkiSha256, UnknownFields.NONE);
        }
    }

    /// Denies a key for ever, whatever certificate it comes with: on live links too, as soon as a
    /// node has applied this.
    ///
    /// @param node denies every key that this node is known by; null when `spkiSha256` is named
    /// @param spkiSha256 the key to deny; empty when `node` is named
    /// @param reason for the audit
    record RevokeIdentity(
            @Nullable NodeId node, Bytes spkiSha256, String reason, UnknownFields unknown)
            implements MetadataEntry {
        /// Characters of a reason.
        public static final int REASON_LENGTH_MAX = 256;

        public RevokeIdentity {
            if ((node == null) == spkiSha256.isEmpty()) {
                throw new IllegalArgumentException("either a node or a key is revoked");
            }
            if (node == null) {
                Sha256.require("a key pin", spkiSha256);
            }
            if (reason.length() > REASON_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "a reason has at most " + REASON_LENGTH_MAX + " characters");
            }
        }

        /// Denies every key of a node.
        public static RevokeIdentity ofNode(NodeId node, String reason) {
            return new RevokeIdentity(node, Bytes.EMPTY, reason, UnknownFields.NONE);
        }

        /// Denies one key.
        public static RevokeIdentity ofKey(Bytes spkiSha256, String reason) {
            return new RevokeIdentity(/* node= */ null, spkiSha256, reason, UnknownFields.NONE);
        }
    }

    /// Denies every key that a node is known by, for ever, unless a group that it has a place in
    /// would be left without a majority. That is judged when this is applied, against what the log
    /// says then: of two such entries that each would do no harm alone, the second is rejected.
    ///
    /// @param reason for the audit
    /// @param silent other nodes that did not answer whoever proposes this, ascending: they count
    ///   as lost, since the state knows nothing of who answers
    record DenyNode(
            NodeId node, String reason, List<NodeId> silent, Care care, UnknownFields unknown)
            implements MetadataEntry {
        /// Whether it may leave a group without a majority.
        public enum Care {
            /// It may not.
            SAFE,
            /// It may: an operator knows better.
            FORCED
        }

        public DenyNode {
            if (reason.length() > RevokeIdentity.REASON_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "a reason has at most " + RevokeIdentity.REASON_LENGTH_MAX + " characters");
            }
            if (silent.size() > ClusterTopology.NODES_MAX) {
                throw new IllegalArgumentException(silent.size() + " silent nodes are too many");
            }
            for (int i = 1; i < silent.size(); i++) {
                if (silent.get(i - 1).compareTo(silent.get(i)) >= 0) {
                    throw new IllegalArgumentException(
                            "silent nodes are listed in ascending order");
                }
            }
            silent = List.copyOf(silent);
        }

        /// An entry of this build's making.
        public DenyNode(NodeId node, String reason, Collection<NodeId> silent, Care care) {
            this(
                    node,
                    reason,
                    silent.stream().distinct().sorted().toList(),
                    care,
                    UnknownFields.NONE);
        }
    }

    /// Sets one cluster-wide setting; [ClusterSettings] knows which may be set only once.
    record SetClusterSetting(String key, String value, UnknownFields unknown)
            implements MetadataEntry {
        public SetClusterSetting {
            if (key.isEmpty() || key.length() > ClusterSettings.KEY_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "a setting's key has 1.."
                                + ClusterSettings.KEY_LENGTH_MAX
                                + " characters, not "
                                + key.length());
            }
            if (value.length() > ClusterSettings.VALUE_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "the value of setting "
                                + key
                                + " has "
                                + value.length()
                                + " characters; at most "
                                + ClusterSettings.VALUE_LENGTH_MAX
                                + " are allowed");
            }
        }

        /// An entry of this build's making.
        public SetClusterSetting(String key, String value) {
            this(key, value, UnknownFields.NONE);
        }
    }

    /// Says where a group's replicas shall be. For a new group this also creates it: its members
    /// are its first voters. For an existing one it is the goal, and the group's own log decides
    /// how to get there.
    ///
    /// @param members in order of preference as leader; replica ids new to the cluster must be the
    ///   next ones ([MetadataView#nextReplicaId()] and up, in this order)
    record SetPlacement(
            GroupId group, List<Member> members, List<Member> listeners, UnknownFields unknown)
            implements MetadataEntry {
        public SetPlacement {
            members = GroupInfo.distinct(group, members);
            listeners = GroupInfo.distinct(group, listeners, GroupInfo.LISTENERS_MAX);
            GroupInfo.requireApart(group, members, listeners);
            if (members.isEmpty()) {
                throw new IllegalArgumentException(group + " needs at least one member");
            }
        }

        /// An entry of this build's making.
        public SetPlacement(GroupId group, List<Member> members, List<Member> listeners) {
            this(group, members, listeners, UnknownFields.NONE);
        }

        /// An entry of this build's making, without listeners.
        public SetPlacement(GroupId group, List<Member> members) {
            this(group, members, List.of());
        }
    }
}
