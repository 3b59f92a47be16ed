package dev.quorate.transport.gossip;

/// Lets each number of one sender's life pass once, in almost any order.
final class ReplayWindow {
    private static final int WIDTH = 64;

    private long highest = -1;
    private long seen;

    /// Whether the number is new. Those too far behind count as seen.
    boolean admit(long number) {
        if (number < 0) {
            return false;
        }
        if (number > highest) {
            long gap = number - highest;
            seen = gap >= WIDTH ? 1 : seen << gap | 1;
            highest = number;
            return true;
        }
        long behind = highest - number;
        if (behind >= WIDTH || (seen >>> behind & 1) != 0) {
            return false;
        }
        seen |= 1L << behind;
        return true;
    }
}
