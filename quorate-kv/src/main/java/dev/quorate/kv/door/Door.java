package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import dev.quorate.node.Cluster;
import dev.quorate.node.ClusterView;
import dev.quorate.types.Bytes;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// What all connections of a front door share: the cluster, the command table and the counters.
/// Thread-safe.
public final class Door {
    private final Cluster cluster;
    private final KvServerOptions options;
    private final HostPort address;
    private final Tally tally = new Tally();
    private final CommandTable table = new CommandTable();
    private final DataCommands dataCommands;
    private final TableCommands tableCommands;
    private final ConfigCommands configCommands;
    private final ServerInfo serverInfo;
    private final ShardRoute route;
    private final AtomicLong lastSession = new AtomicLong();
    private volatile Topology topology;

    /// A door to `cluster`.
    ///
    /// @param host where it listens
    /// @param port where it listens, now that any free port has become a certain one
    public Door(Cluster cluster, KvServerOptions options, String host, int port) {
        this.cluster = cluster;
        this.options = options;
        this.address = new HostPort(host, port);
        this.dataCommands = new DataCommands(options.valueBytesMax());
        this.tableCommands = new TableCommands(table);
        this.configCommands = new ConfigCommands(options, port);
        this.serverInfo = new ServerInfo(options, port, System.nanoTime());
        this.route = new ShardRoute(cluster, options);
        this.topology = Topology.of(cluster.view(), address);
    }

    /// What the door has done so far.
    public KvCounters counters() {
        return tally.counters();
    }

    Tally tally() {
        return tally;
    }

    KvServerOptions options() {
        return options;
    }

    ShardRoute route() {
        return route;
    }

    long nextSession() {
        return lastSession.incrementAndGet();
    }

    /// What a request comes down to. Every refusal is an answer.
    Plan plan(Session session, List<Bytes> request) {
        if (isHttp(request.getFirst())) {
            // a browser can be made to send these to a loopback address, with commands in the body
            return new Plan.Farewell(new Reply.Failure("ERR this is not an HTTP server"));
        }
        try {
            CommandSpec spec = table.check(request);
            session.began(spec.name());
            return spec.firstKey() > 0
                    ? dataCommands.plan(spec, request)
                    : plan(spec.name(), session, request);
        } catch (RefusedException e) {
            return new Plan.Answer(new Reply.Failure(String.valueOf(e.getMessage())));
        }
    }

    private static boolean isHttp(Bytes name) {
        if (name.length() != 4 && name.length() != 5) {
            return false;
        }
        String text = CommandTable.lower(name);
        return text.equals("post") || text.equals("host:");
    }

    private Plan plan(String name, Session session, List<Bytes> request) throws RefusedException {
        return switch (name) {
            case "quit" -> new Plan.Farewell(Reply.OK);
            case "dbsize" -> new Plan.Alone(route::size);
            case "info" -> info(request);
            default -> new Plan.Answer(answer(name, session, request));
        };
    }

    private Reply answer(String name, Session session, List<Bytes> request)
            throws RefusedException {
        return switch (name) {
            case "ping" -> ping(request);
            case "echo" -> new Reply.Bulk(request.get(1));
            case "hello" -> session.hello(request);
            case "reset" -> session.reset();
            case "client" -> session.client(request, System.nanoTime());
            case "select" -> select(request.get(1));
            case "auth" -> throw Session.noPasswords();
            case "debug" -> throw RefusedException.because("ERR DEBUG command not allowed.");
            case "asking" -> Reply.OK;
            case "readonly", "readwrite" -> {
                session.readOnly(name.equals("readonly"));
                yield Reply.OK;
            }
            case "command" -> tableCommands.answer(request);
            case "config" -> configCommands.answer(request);
            case "cluster" -> ClusterCommands.answer(request, topology());
            default -> throw new IllegalStateException("nothing answers " + name);
        };
    }

    private static Reply ping(List<Bytes> request) throws RefusedException {
        if (request.size() > 2) {
            throw RefusedException.arity("ping");
        }
        return request.size() == 1 ? new Reply.Simple("PONG") : new Reply.Bulk(request.get(1));
    }

    private static Reply select(Bytes database) throws RefusedException {
        if (!database.equals(Bytes.utf8("0"))) {
            throw RefusedException.because("ERR SELECT is not allowed in cluster mode");
        }
        return Reply.OK;
    }

    private Plan info(List<Bytes> request) {
        List<String> sections =
                request.stream().skip(1).limit(64).map(CommandTable::lower).toList();
        if (!serverInfo.wantsKeyspace(sections)) {
            return new Plan.Answer(serverInfo.render(sections, tally.counters(), topology(), 0));
        }
        return new Plan.Alone(() -> route.size().thenApply(size -> info(sections, size)));
    }

    private Reply info(List<String> sections, Reply size) {
        long keys = size instanceof Reply.Int(long count) ? count : 0;
        return serverInfo.render(sections, tally.counters(), topology(), keys);
    }

    /// The cluster in Redis's terms, translated once per view. Views are published whole, so the
    /// same object is the same view; comparing contents would cost as much as translating.
    @SuppressWarnings("ReferenceEquality")
    private Topology topology() {
        ClusterView view = cluster.view();
        Topology known = topology;
        if (known.view() != view) {
            known = Topology.of(view, address);
            topology = known;
        }
        return known;
    }
}
