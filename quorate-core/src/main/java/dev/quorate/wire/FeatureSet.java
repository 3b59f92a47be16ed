package dev.quorate.wire;

import org.jspecify.annotations.Nullable;

/// What a node understands, or two of them in common: a protocol version and one bit per [Feature].
/// Bits that this version does not know are kept out of the common set by [#common].
///
/// @param protocol the version of framing, header and base types
/// @param bits one per feature
public record FeatureSet(int protocol, long bits) {
    /// Oldest protocol that this version speaks.
    public static final int PROTOCOL_MIN = 1;

    /// Newest protocol that this version speaks.
    public static final int PROTOCOL_MAX = 1;

    /// What this version understands.
    public static final FeatureSet OURS = ours();

    /// What the oldest version that is still spoken with understands.
    public static final FeatureSet OLDEST = new FeatureSet(PROTOCOL_MIN, 0);

    public FeatureSet {
        if (protocol < 0 || protocol > 0xffff) {
            throw new IllegalArgumentException("there is no protocol " + protocol);
        }
    }

    /// Whether this set has a feature.
    public boolean has(Feature feature) {
        return (bits & feature.bit()) != 0;
    }

    /// Whether a frame of this type may be sent to a node with this set.
    public boolean allows(FrameType type) {
        @Nullable Feature needed = type.gate();
        return needed == null || has(needed);
    }

    /// What both understand.
    public FeatureSet common(FeatureSet other) {
        return new FeatureSet(Math.min(protocol, other.protocol), bits & other.bits);
    }

    private static FeatureSet ours() {
        long bits = 0;
        for (Feature feature : Feature.values()) {
            bits |= feature.bit();
        }
        return new FeatureSet(PROTOCOL_MAX, bits);
    }
}
