package dev.quorate.metadata;

import dev.quorate.types.Bytes;

/// Group 0's state machine: an immutable state and the one function that every node applies to it.
///
/// Deterministic in (state, index, stamp, entry): no clock, no build constant, no map order. Equal
/// logs give equal [#encode()] and [#stateHash()] on every node.
public record MetadataState(MetadataView view) {
    /// Before the first entry.
    public static final MetadataState EMPTY = new MetadataState(MetadataView.EMPTY);

    /// What applying an entry led to.
    public record Step(MetadataState state, MetadataOutcome outcome) {}

    /// Index of the last entry applied; the one watermark of group 0.
    public long index() {
        return view.index();
    }

    /// Applies one entry, whole or not at all. A rejected entry moves only index and log time.
    ///
    /// @param index greater than [#index()]
    /// @param stampMicros log time, in microseconds since the epoch
    /// @throws IllegalArgumentException if the index does not advance
    public Step apply(long index, long stampMicros, MetadataEntry entry) {
        requireAdvance(index);
        Draft draft = new Draft(view, index, stampMicros);
        MetadataOutcome outcome = draft.apply(entry, 0);
        MetadataView next =
                switch (outcome) {
                    case MetadataOutcome.Applied() -> draft.view();
                    case MetadataOutcome.Rejected _ -> draft.rejectedView();
                };
        return new Step(new MetadataState(next.at(index, stampMicros)), outcome);
    }

    /// Passes over an entry that says nothing, such as the first one of a leader's term.
    ///
    /// @throws IllegalArgumentException if the index does not advance
    public MetadataState skip(long index, long stampMicros) {
        requireAdvance(index);
        return new MetadataState(view.at(index, stampMicros));
    }

    /// The bytes of a snapshot.
    public Bytes encode() {
        return MetadataStateCodec.encode(view);
    }

    /// Reads what [#encode()] wrote.
    ///
    /// @throws MetadataFormatException if the bytes are no state that this build can read
    public static MetadataState decode(Bytes encoded) {
        return new MetadataState(MetadataStateCodec.decode(encoded));
    }

    /// FNV-1a, 64 bit, of [#encode()]: compares replicas, protects against nothing.
    ///
    /// @see <a href="https://www.rfc-editor.org/rfc/rfc9923">RFC 9923, "The FNV Non-Cryptographic
    ///   Hash Algorithm"</a>
    public long stateHash() {
        Bytes encoded = encode();
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < encoded.length(); i++) {
            hash = (hash ^ (encoded.at(i) & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    private void requireAdvance(long index) {
        if (index <= view.index()) {
            throw new IllegalArgumentException(
                    "entry " + index + " does not follow " + view.index());
        }
    }
}
