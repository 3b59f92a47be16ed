package dev.quorate.transport;

import org.jspecify.annotations.Nullable;

/// Why one side would not talk to the other: the application code of a QUIC connection close.
///
/// The numbers are the wire's and never change their meaning.
enum RefusalCode {
    /// Not a refusal: the node is going away.
    CLOSED(0),
    /// No common protocol version.
    PROTOCOL(0x101),
    /// Another cluster.
    CLUSTER(0x102),
    /// The certificate chain does not lead to a trusted root, or is not valid now.
    UNTRUSTED(0x103),
    /// The certificate names no node, or not the one that was meant.
    NAME(0x104),
    /// Not a known node, or one that was revoked.
    UNKNOWN_NODE(0x105),
    /// A known node's name with another key.
    WRONG_KEY(0x106),
    /// A boot epoch that went back, or the same one twice.
    ROLLBACK(0x107),
    /// Bytes that the protocol does not allow.
    PROTOCOL_ERROR(0x108),
    /// Hello took too long.
    TIMEOUT(0x109),
    /// Too many callers at once.
    BUSY(0x10a),
    /// Replaced by a newer connection, or no longer a peer.
    REPLACED(0x10b),
    /// A fault on the refusing side.
    INTERNAL(0x10c),
    /// No longer a node of this cluster, and never again.
    REMOVED(0x10d);

    private final int number;

    RefusalCode(int number) {
        this.number = number;
    }

    /// The code on the wire.
    int number() {
        return number;
    }

    /// The meaning of a code, or null if this version does not know it.
    static @Nullable RefusalCode of(int number) {
        for (RefusalCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }
}
