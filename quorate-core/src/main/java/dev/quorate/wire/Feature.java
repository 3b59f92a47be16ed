package dev.quorate.wire;

/// An ability that a node may lack because its version is older: one bit in hello each. A frame
/// type that needs one is only sent to peers that have it.
///
/// Bits are never reused.
public enum Feature {
    /// Takes [PeerMessage.Cancel].
    CANCELLATION(0),
    /// Takes [PeerMessage.Refusal].
    REFUSALS(1),
    /// Takes [PeerMessage.Gossip].
    GOSSIP(2),
    /// Takes [PeerMessage.Here].
    WHEREABOUTS(3),
    /// Takes [PeerMessage.ClockAsk] and [PeerMessage.ClockTold].
    CLOCKS(4);

    private final long bit;

    Feature(int position) {
        this.bit = 1L << position;
    }

    /// The bit, as a mask.
    public long bit() {
        return bit;
    }
}
