package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/// A step in the move of a replica, written down before it is taken: whoever drives the move next
/// sees how far it has come.
public sealed interface MigrationChange extends MetadataEntry {
    /// The move; a new id for each.
    UUID id();

    /// The move has come to a phase.
    ///
    /// @param attempt raised by each driver that takes the move over
    /// @param payload an encoded [MigrationPayload] of that phase
    /// @param crc32c CRC32C of exactly these bytes, as an unsigned number
    record Checkpoint(
            UUID id,
            int attempt,
            MigrationPhase phase,
            Bytes payload,
            long crc32c,
            UnknownFields unknown)
            implements MigrationChange {
        /// Largest payload, in bytes.
        public static final int PAYLOAD_LENGTH_MAX = 65_536;

        public Checkpoint {
            GroupInfo.requireNotNegative("attempt", attempt);
            if (payload.length() > PAYLOAD_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "a checkpoint has at most " + PAYLOAD_LENGTH_MAX + " bytes");
            }
            if (crc32c < 0 || crc32c > 0xffff_ffffL) {
                throw new IllegalArgumentException("not a CRC32C: " + crc32c);
            }
        }

        /// A checkpoint of this build's making.
        public static Checkpoint of(UUID id, int attempt, MigrationPayload payload) {
            Bytes encoded = MigrationFields.encode(payload);
            return new Checkpoint(
                    id, attempt, payload.phase(), encoded, crc32c(encoded), UnknownFields.NONE);
        }

        /// The checksum of a payload's bytes.
        static long crc32c(Bytes payload) {
            CRC32C crc = new CRC32C();
            crc.update(payload.asBuffer());
            return crc.getValue();
        }
    }

    /// The move is given up: the steps are taken in order, then its row is deleted.
    ///
    /// @param compensations usually [Compensation#of]
    record Abort(UUID id, String reason, List<Compensation> compensations, UnknownFields unknown)
            implements MigrationChange {
        /// Characters of a reason.
        public static final int REASON_LENGTH_MAX = 256;

        /// Steps of one abort.
        public static final int COMPENSATIONS_MAX = 64;

        public Abort {
            compensations = List.copyOf(compensations);
            if (reason.length() > REASON_LENGTH_MAX || compensations.size() > COMPENSATIONS_MAX) {
                throw new IllegalArgumentException(
                        "an abort has at most "
                                + REASON_LENGTH_MAX
                                + " characters of reason and "
                                + COMPENSATIONS_MAX
                                + " steps");
            }
        }

        /// An entry of this build's making.
        public Abort(UUID id, String reason, List<Compensation> compensations) {
            this(id, reason, compensations, UnknownFields.NONE);
        }
    }
}
