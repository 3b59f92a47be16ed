package dev.quorate.sim;

import java.util.List;

/// What the clients of a run like to do.
///
/// @param lists chance that an operation is on a list, not on a register
/// @param reads chance that an operation is a read
/// @param leases chance that a read may trust a leader's lease
/// @param weak chance that a read may be answered by any replica: local, or with a bound
/// @param sessions chance that a write can be sent again
public record Habits(double lists, double reads, double leases, double weak, double sessions) {
    /// Some of everything.
    public static final Habits ORDINARY = new Habits(0.2, 0.4, 0.2, 0.3, 0.5);

    /// Anything, from registers only to lists only.
    public static Habits drawn(Prng random) {
        return new Habits(random.pick(List.of(0.0, 0.0, 0.2, 0.5, 1.0)), 0.4, 0.2, 0.3, 0.5);
    }

    /// These, with other chances of reads, and of leases among them.
    public Habits reading(double newReads, double newLeases) {
        return new Habits(lists, newReads, newLeases, Math.min(weak, 1 - newLeases), sessions);
    }

    /// These, on lists only, with another chance of sessions.
    public Habits appending(double newSessions) {
        return new Habits(1, reads, leases, weak, newSessions);
    }
}
