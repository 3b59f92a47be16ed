package dev.quorate.swim;

/// One life of a node, and how often it had to defend itself in that life. Only the node itself
/// raises it; of two statements about a node, the one with the greater incarnation is the newer.
///
/// The boot epoch comes first, so that a node that starts again is newer than anything that was
/// said of its former lives, even if it does not remember how often it refuted.
///
/// @param boot the node's durable count of starts; 0 is before the first
/// @param count refutations in this life; 0 for a node that nobody ever doubted
public record Incarnation(long boot, int count) implements Comparable<Incarnation> {
    /// Before the first start: what is presumed of a node that was never heard.
    public static final Incarnation NONE = new Incarnation(0, 0);

    /// Highest boot epoch, so that the next one always exists.
    public static final long BOOT_MAX = Long.MAX_VALUE >> 1;

    public Incarnation {
        if (boot < 0 || boot > BOOT_MAX || count < 0) {
            throw new IllegalArgumentException("incarnation out of range: " + boot + "." + count);
        }
    }

    /// The smallest incarnation that is newer than this one, or this one if there is none left.
    public Incarnation next() {
        if (count < Integer.MAX_VALUE) {
            return new Incarnation(boot, count + 1);
        }
        return boot < BOOT_MAX ? new Incarnation(boot + 1, 0) : this;
    }

    /// Whether this one is newer.
    public boolean isAfter(Incarnation other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Incarnation other) {
        int byBoot = Long.compare(boot, other.boot);
        return byBoot != 0 ? byBoot : Integer.compare(count, other.count);
    }

    @Override
    public String toString() {
        return boot + "." + count;
    }
}
