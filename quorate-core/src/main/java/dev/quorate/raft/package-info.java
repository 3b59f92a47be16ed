/// One replica of one Raft group, as a deterministic machine.
///
/// Start with [dev.quorate.raft.Raft]; what goes in is [dev.quorate.raft.RaftInput], what comes out
/// is [dev.quorate.raft.RaftEffect], what replicas say to each other is
/// [dev.quorate.raft.RaftMessage]. Depends on `types` only. The algorithm is told in
/// `docs/consensus.md`.
@NullMarked
package dev.quorate.raft;

import org.jspecify.annotations.NullMarked;
