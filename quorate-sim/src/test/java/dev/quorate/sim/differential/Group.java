package dev.quorate.sim.differential;

import java.util.List;

/// Three replicas of one group, of some implementation, that tests can run and break.
interface Group {
    /// Starts a process from what is durable of it.
    void start(int node);

    /// Kills a process: what was not durable is lost.
    void crash(int node);

    /// Whether the process believes that it leads.
    boolean leads(int node);

    /// Hands a command to a process. `applied` runs if the process learns that the command was
    /// committed; it need not.
    void propose(int node, String command, Runnable applied);

    /// The commands that the process's state machine has applied, in order, since its start.
    List<String> applied(int node);
}
