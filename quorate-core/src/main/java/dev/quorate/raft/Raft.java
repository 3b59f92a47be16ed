package dev.quorate.raft;

/// To be replaced.
public final class Raft {
    private Raft() {}
}
