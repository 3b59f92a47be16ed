package dev.quorate.sim.differential;

import dev.quorate.sim.Prng;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// One implementation in one weather, with clients that write one command after the other, each
/// until it is acknowledged: unique commands, so that retries can be told from new ones.
final class Run {
    static final int CLIENTS = 3;

    /// Each client goes on until the calm, and then ends.
    private static final long END_NANOS = Weather.CALM_NANOS + 60 * Weather.SECOND;

    private static final int COMMANDS = 40;
    private static final long RETRY_NANOS = 4 * Weather.SECOND;

    private final Timeline time = new Timeline();
    private final Network network;
    private final Group group;
    private final Prng random;
    private final List<Client> clients = new ArrayList<>();
    private final List<String> acknowledged = new ArrayList<>();

    /// Makes a group that lives in a run.
    interface Maker {
        Group make(Timeline time, Network network, long seed);
    }

    /// What came of a run.
    ///
    /// @param committed the commands, each where it was committed first
    /// @param duplicates how often a retry was committed again
    record Outcome(List<String> committed, int duplicates) {
        /// What one client's commands came to.
        List<String> of(int client) {
            String prefix = "client " + client + " ";
            return committed.stream().filter(command -> command.startsWith(prefix)).toList();
        }
    }

    private Run(Weather weather, Maker maker) {
        network = new Network(time, weather.seed() + 1);
        group = maker.make(time, network, weather.seed() + 2);
        random = new Prng(weather.seed() + 3);
        for (Weather.Fault fault : weather.faults()) {
            time.after(fault.nanos(), () -> happen(fault));
        }
        time.after(Weather.CALM_NANOS, network::calm);
        for (int node = 0; node < Weather.NODES; node++) {
            group.start(node);
        }
        for (int id = 0; id < CLIENTS; id++) {
            Client client = new Client(id);
            clients.add(client);
            client.tryIn(Weather.SECOND);
        }
    }

    /// @throws AssertionError if the implementation breaks a promise of its own
    static Outcome of(Weather weather, Maker maker) {
        return new Run(weather, maker).play();
    }

    private Outcome play() {
        while (time.nowNanos() < END_NANOS) {
            time.runUntil(time.nowNanos() + Weather.SECOND / 2);
            requireOneHistory();
        }
        for (Client client : clients) {
            require(
                    client.done == COMMANDS,
                    "client %d has %d of %d commands acknowledged"
                            .formatted(client.id, client.done, COMMANDS));
        }
        List<String> history = group.applied(0);
        for (int node = 1; node < Weather.NODES; node++) {
            require(history.equals(group.applied(node)), "the nodes have not converged");
        }
        List<String> committed = List.copyOf(new LinkedHashSet<>(history));
        require(committed.containsAll(acknowledged), "an acknowledged command is lost");
        return new Outcome(committed, history.size() - committed.size());
    }

    private void happen(Weather.Fault fault) {
        switch (fault) {
            case Weather.Fault.Cut(_, int from, int to) -> network.cut(from, to);
            case Weather.Fault.Heal _ -> network.heal();
            case Weather.Fault.Crash(_, int node) -> group.crash(node);
            case Weather.Fault.Restart(_, int node) -> group.start(node);
        }
    }

    /// State-machine safety: what one node has applied begins what another has.
    private void requireOneHistory() {
        for (int node = 1; node < Weather.NODES; node++) {
            List<String> one = group.applied(node - 1);
            List<String> other = group.applied(node);
            int common = Math.min(one.size(), other.size());
            require(
                    one.subList(0, common).equals(other.subList(0, common)),
                    "two nodes applied different commands in the same place");
        }
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(
                    "%s at %.1f s with %s"
                            .formatted(
                                    otherwise,
                                    time.nowNanos() / 1e9,
                                    group.getClass().getSimpleName()));
        }
    }

    private final class Client {
        private final int id;
        private int done;
        private long plans;

        Client(int id) {
            this.id = id;
        }

        /// Tries later, unless something else was planned meanwhile.
        private void tryIn(long nanos) {
            long plan = ++plans;
            time.after(
                    nanos,
                    () -> {
                        if (plan == plans) {
                            tryNow();
                        }
                    });
        }

        private void tryNow() {
            List<Integer> leaders = new ArrayList<>();
            for (int node = 0; node < Weather.NODES; node++) {
                if (group.leads(node)) {
                    leaders.add(node);
                }
            }
            tryIn(leaders.isEmpty() ? Weather.SECOND / 5 : RETRY_NANOS);
            if (!leaders.isEmpty()) {
                int number = done;
                String command = "client " + id + " command " + number;
                group.propose(random.pick(leaders), command, () -> acknowledged(number, command));
            }
        }

        /// An answer to an earlier try is as good as one to the last.
        private void acknowledged(int number, String command) {
            if (number == done) {
                acknowledged.add(command);
                done++;
                plans++;
                if (done < COMMANDS) {
                    tryIn(random.nextLong(Weather.SECOND / 10, 3 * Weather.SECOND));
                }
            }
        }
    }
}
