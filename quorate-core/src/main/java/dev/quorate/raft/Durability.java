package dev.quorate.raft;

/// Which part of the log would survive a crash right now (rule R1).
///
/// A completed write makes durable only what *that write* wrote and nobody has rewritten since:
/// when a suffix is replaced while older writes of it are still under way, their completion says
/// nothing about the new entries.
final class Durability {
    private long durableIndex;
    private long[] tickets = new long[8];
    private long[] lastIndexes = new long[8];
    private int head;
    private int count;

    Durability(long durableIndex) {
        this.durableIndex = durableIndex;
    }

    /// The greatest index such that it and everything before it are durable.
    long durableIndex() {
        return durableIndex;
    }

    /// Writes under way.
    int inFlight() {
        return count;
    }

    /// A write that ends at `lastIndex` is on its way, in ticket order.
    void writing(long ticket, long lastIndex) {
        if (count == tickets.length) {
            grow();
        }
        int slot = (head + count) & (tickets.length - 1);
        tickets[slot] = ticket;
        lastIndexes[slot] = lastIndex;
        count++;
    }

    /// Entries from `index` on are about to be replaced.
    void truncated(long index) {
        durableIndex = Math.min(durableIndex, index - 1);
        for (int i = 0; i < count; i++) {
            int slot = (head + i) & (tickets.length - 1);
            lastIndexes[slot] = Math.min(lastIndexes[slot], index - 1);
        }
    }

    /// All writes up to `ticket` are complete.
    void persisted(long ticket) {
        while (count > 0 && tickets[head] <= ticket) {
            durableIndex = Math.max(durableIndex, lastIndexes[head]);
            head = (head + 1) & (tickets.length - 1);
            count--;
        }
    }

    /// The log begins after a snapshot now, whose boundary is durable, and everything that was
    /// under way before it.
    ///
    /// @param index the greatest index such that it and everything before it are durable
    void reset(long index) {
        durableIndex = index;
        for (int i = 0; i < count; i++) {
            int slot = (head + i) & (tickets.length - 1);
            lastIndexes[slot] = Math.min(lastIndexes[slot], index);
        }
    }

    private void grow() {
        long[] moreTickets = new long[tickets.length * 2];
        long[] moreIndexes = new long[tickets.length * 2];
        for (int i = 0; i < count; i++) {
            int slot = (head + i) & (tickets.length - 1);
            moreTickets[i] = tickets[slot];
            moreIndexes[i] = lastIndexes[slot];
        }
        tickets = moreTickets;
        lastIndexes = moreIndexes;
        head = 0;
    }
}
