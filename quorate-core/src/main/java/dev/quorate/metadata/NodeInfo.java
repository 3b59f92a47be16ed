package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the cluster knows of one node.
///
/// @param spkiPin SHA-256 of the key that proves the node's identity; empty while none is pinned
/// @param linksAddress where peers reach it, as `host:port`; a hint, may be empty
/// @param clientAddress where clients reach it, as `host:port`; a hint, may be empty
/// @param addresses further addresses by purpose (`admin`, `bulk`, `gossip`)
/// @param labels what placement may look at, such as `zone` and `rack`
/// @param wire the cluster versions that its build can speak
/// @param incarnation raised by the node at every start; a higher one replaces its addresses
/// @param unknown fields that a newer build added
public record NodeInfo(
        NodeId id,
        NodeState state,
        Bytes spkiPin,
        String linksAddress,
        String clientAddress,
        SortedMap<String, String> addresses,
        SortedMap<String, String> labels,
        WireRange wire,
        long incarnation,
        UnknownFields unknown) {
    /// Bytes of a key pin.
    public static final int PIN_LENGTH = 32;

    /// Entries of each of the two maps.
    public static final int LABELS_MAX = 64;

    /// Characters of an address, and of each key and value of the two maps.
    public static final int TEXT_LENGTH_MAX = 256;

    public NodeInfo {
        if (state == NodeState.REMOVED) {
            throw new IllegalArgumentException("a removed node has no record: " + id);
        }
        if (!spkiPin.isEmpty() && spkiPin.length() != PIN_LENGTH) {
            throw new IllegalArgumentException(
                    id + ": a key pin has 0 or 32 bytes, not " + spkiPin.length());
        }
        GroupInfo.requireNotNegative("incarnation", incarnation);
        requireShort(id, linksAddress);
        requireShort(id, clientAddress);
        addresses = sorted(id, addresses);
        labels = sorted(id, labels);
    }

    /// A node about to join: no key pinned, no labels, speaking only version 1.
    public static NodeInfo joining(NodeId id, String linksAddress, String clientAddress) {
        return new NodeInfo(
                id,
                NodeState.JOINING,
                Bytes.EMPTY,
                linksAddress,
                clientAddress,
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                new WireRange(1, 1),
                0,
                UnknownFields.NONE);
    }

    /// The same node in another state.
    public NodeInfo withState(NodeState next) {
        return new NodeInfo(
                id,
                next,
                spkiPin,
                linksAddress,
                clientAddress,
                addresses,
                labels,
                wire,
                incarnation,
                unknown);
    }

    /// The same node with another key pinned; empty for none.
    public NodeInfo withPin(Bytes pin) {
        return new NodeInfo(
                id,
                state,
                pin,
                linksAddress,
                clientAddress,
                addresses,
                labels,
                wire,
                incarnation,
                unknown);
    }

    /// The same node elsewhere.
    NodeInfo withAddresses(
            String nextLinks, String nextClient, SortedMap<String, String> nextAddresses) {
        return new NodeInfo(
                id,
                state,
                spkiPin,
                nextLinks,
                nextClient,
                nextAddresses,
                labels,
                wire,
                incarnation,
                unknown);
    }

    /// The same node with other labels.
    public NodeInfo withLabels(SortedMap<String, String> next) {
        return new NodeInfo(
                id,
                state,
                spkiPin,
                linksAddress,
                clientAddress,
                addresses,
                next,
                wire,
                incarnation,
                unknown);
    }

    /// The same node speaking other versions.
    public NodeInfo withWire(WireRange next) {
        return new NodeInfo(
                id,
                state,
                spkiPin,
                linksAddress,
                clientAddress,
                addresses,
                labels,
                next,
                incarnation,
                unknown);
    }

    /// The same node in a later life.
    public NodeInfo withIncarnation(long next) {
        return new NodeInfo(
                id,
                state,
                spkiPin,
                linksAddress,
                clientAddress,
                addresses,
                labels,
                wire,
                next,
                unknown);
    }

    static SortedMap<String, String> sorted(NodeId id, SortedMap<String, String> map) {
        if (map.size() > LABELS_MAX) {
            throw new IllegalArgumentException(
                    id + ": " + map.size() + " labels or addresses; at most " + LABELS_MAX);
        }
        // natural order whatever order the caller's map had: equal records must give equal bytes
        TreeMap<String, String> copy = new TreeMap<>();
        map.forEach((key, value) -> {
            requireShort(id, key);
            requireShort(id, value);
            copy.put(key, value);
        });
        return Collections.unmodifiableSortedMap(copy);
    }

    static void requireShort(NodeId id, String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    id
                            + ": a text of "
                            + text.length()
                            + " characters; at most "
                            + TEXT_LENGTH_MAX);
        }
    }
}
