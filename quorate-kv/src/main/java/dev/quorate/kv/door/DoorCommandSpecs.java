package dev.quorate.kv.door;

import java.util.List;

/// The lines of the command table that name no keys: the door answers them itself.
final class DoorCommandSpecs {
    static final List<CommandSpec> ALL =
            List.of(
                    keyless(
                            "asking",
                            1,
                            "fast",
                            "cluster",
                            "3.0.0",
                            "O(1)",
                            "Announces a request for a slot that is being moved.",
                            "Accepted and ignored: slots are not moved key by key."),
                    keyless(
                            "auth",
                            -2,
                            "noscript loading stale fast no_auth",
                            "connection",
                            "1.0.0",
                            "O(1)",
                            "Authenticates the connection.",
                            "Refused: there are no passwords."),
                    keyless(
                            "client",
                            -2,
                            "noscript loading stale",
                            "connection",
                            "2.4.0",
                            "O(1)",
                            "Tells and sets facts about connections.",
                            "SETNAME, GETNAME, SETINFO, ID, INFO, LIST, NO-EVICT, NO-TOUCH, REPLY"
                                    + " ON; LIST tells of this connection only."),
                    keyless(
                            "cluster",
                            -2,
                            "loading stale",
                            "cluster",
                            "3.0.0",
                            "O(N)",
                            "Tells about the cluster.",
                            "SLOTS, SHARDS, NODES, INFO, KEYSLOT, MYID; whatever changes the"
                                    + " cluster is refused."),
                    keyless(
                            "command",
                            -1,
                            "loading stale",
                            "server",
                            "2.8.13",
                            "O(N)",
                            "Tells about commands.",
                            "COUNT, INFO, DOCS, LIST, GETKEYS; key specifications are left empty."),
                    keyless(
                            "config",
                            -2,
                            "admin noscript loading stale",
                            "server",
                            "2.0.0",
                            "O(N)",
                            "Tells about the configuration.",
                            "GET only, with the few settings that make sense here."),
                    keyless(
                            "dbsize",
                            1,
                            "readonly fast",
                            "server",
                            "1.0.0",
                            "O(N)",
                            "Answers how many keys there are.",
                            "Counts the shards that this node leads; N is their number."),
                    keyless(
                            "debug",
                            -2,
                            "admin noscript loading stale",
                            "server",
                            "1.0.0",
                            "O(1)",
                            "Looks inside the server.",
                            "Refused."),
                    keyless(
                            "echo",
                            2,
                            "loading stale fast",
                            "connection",
                            "1.0.0",
                            "O(1)",
                            "Answers its argument.",
                            ""),
                    keyless(
                            "hello",
                            -1,
                            "noscript loading stale fast no_auth",
                            "connection",
                            "6.0.0",
                            "O(1)",
                            "Chooses the protocol version and greets.",
                            "AUTH is refused: there are no passwords."),
                    keyless(
                            "info",
                            -1,
                            "loading stale",
                            "server",
                            "1.0.0",
                            "O(1)",
                            "Tells how the server is doing.",
                            ""),
                    keyless(
                            "ping",
                            -1,
                            "fast",
                            "connection",
                            "1.0.0",
                            "O(1)",
                            "Answers PONG, or its argument.",
                            ""),
                    keyless(
                            "quit",
                            -1,
                            "noscript loading stale fast no_auth",
                            "connection",
                            "1.0.0",
                            "O(1)",
                            "Closes the connection.",
                            ""),
                    keyless(
                            "readonly",
                            1,
                            "loading stale fast",
                            "cluster",
                            "3.0.0",
                            "O(1)",
                            "Lets this connection read from replicas, which may lag behind.",
                            ""),
                    keyless(
                            "readwrite",
                            1,
                            "loading stale fast",
                            "cluster",
                            "3.0.0",
                            "O(1)",
                            "Takes READONLY back.",
                            ""),
                    keyless(
                            "reset",
                            1,
                            "noscript loading stale fast no_auth",
                            "connection",
                            "6.2.0",
                            "O(1)",
                            "Makes the connection as new.",
                            ""),
                    keyless(
                            "select",
                            2,
                            "loading stale fast",
                            "connection",
                            "1.0.0",
                            "O(1)",
                            "Chooses the database.",
                            "Only 0, as in any Redis cluster."));

    private DoorCommandSpecs() {}

    private static CommandSpec keyless(
            String name,
            int arity,
            String flags,
            String group,
            String since,
            String complexity,
            String summary,
            String difference) {
        return new CommandSpec(
                name,
                arity,
                List.of(flags.split(" ", -1)),
                0,
                0,
                0,
                group,
                since,
                complexity,
                summary,
                difference);
    }
}
