package dev.quorate.app.admin;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Serves a node's state over HTTP: `GET /health/live` and `/health/ready` (`/health` is the same),
/// `GET /v1/status`, `GET /v1/cluster-info`, and what [SecurityService] offers under
/// `/v1/security`; and takes an operator's wishes: `POST /v1/groups/GROUP/transfer?to=NODE`.
///
/// A wish must carry the header [#WISH_HEADER]: a page in a browser cannot send it to another
/// origin, so no page can make a node do anything.
///
/// Thread-safe; each request runs on a virtual thread of its own.
public final class AdminServer implements AutoCloseable {
    /// What a request that changes something must carry, with any value.
    public static final String WISH_HEADER = "X-Quorate-Wish";

    private static final HeaderName WISH = HeaderNames.create(WISH_HEADER);
    private static final int REQUEST_BYTES_MAX = 16 * 1024;
    private static final int CONNECTIONS_MAX = 256;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final WebServer server;
    private final String host;

    private AdminServer(WebServer server, String host) {
        this.server = server;
        this.host = host;
    }

    /// What a node says of itself; called for each request, from any thread; must not block for
    /// long.
    public interface Views {
        /// For people and commands.
        NodeReport report();

        /// For machines.
        ClusterInfo clusterInfo();
    }

    /// Listens, and answers with what `views` say at that moment.
    ///
    /// @param bind where to listen; port 0 takes a free one
    /// @param security certificates and join tokens
    /// @param nodes who belongs to the cluster
    /// @throws IllegalStateException if the address cannot be bound
    /// @param wishes carries out what operators ask for; may block
    public static AdminServer start(
            InetSocketAddress bind,
            Views views,
            SecurityService security,
            NodesService nodes,
            Wishes wishes) {
        HttpRouting.Builder routes =
                HttpRouting.builder()
                        .register(SecurityService.PATH, security)
                        .register(NodesService.PATH, nodes)
                        .post(
                                "/v1/groups/{group}/transfer",
                                (request, response) -> transfer(wishes, request, response))
                        .get("/health", (_, response) -> ready(views, response))
                        .get("/health/ready", (_, response) -> ready(views, response))
                        .get("/health/live", (_, response) -> live(views, response))
                        .get(
                                "/v1/cluster-info",
                                (_, response) ->
                                        send(
                                                response,
                                                Status.OK_200,
                                                ReportJson.write(views.clusterInfo())))
                        .get(
                                "/v1/status",
                                (_, response) ->
                                        send(
                                                response,
                                                Status.OK_200,
                                                ReportJson.write(views.report())));
        WebServer server =
                WebServer.builder()
                        .address(bind.getAddress())
                        .host(bind.getHostString())
                        .port(bind.getPort())
                        .maxPayloadSize(REQUEST_BYTES_MAX)
                        .maxTcpConnections(CONNECTIONS_MAX)
                        .idleConnectionTimeout(IDLE)
                        .shutdownHook(false)
                        .routing(routes)
                        .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "The admin address "
                            + bind.getHostString()
                            + ":"
                            + bind.getPort()
                            + " cannot be bound; is another process using the port?",
                    e);
        }
        return new AdminServer(server, bind.getHostString());
    }

    /// What an operator can ask of a node.
    public interface Wishes {
        /// Makes another node lead a group that this one leads.
        ///
        /// @param target null for whoever is fittest
        WishReply transfer(long group, @Nullable Long target);
    }

    private static void transfer(Wishes wishes, ServerRequest request, ServerResponse response) {
        if (!request.headers().contains(WISH)) {
            answer(
                    response,
                    WishReply.refused("INVALID", "the header " + WISH_HEADER + " is missing"));
            return;
        }
        long group;
        Long target;
        try {
            group = Long.parseUnsignedLong(request.path().pathParameters().get("group"));
            target = request.query().first("to").map(Long::valueOf).orElse(null);
        } catch (NumberFormatException bad) {
            answer(response, WishReply.refused("INVALID", "not a number: " + bad.getMessage()));
            return;
        }
        answer(
                response,
                group < 0 || (target != null && target <= 0)
                        ? WishReply.refused("INVALID", "there is no such group or node")
                        : wishes.transfer(group, target));
    }

    private static void answer(ServerResponse response, WishReply reply) {
        Status status =
                switch (reply.outcome()) {
                    case DONE -> Status.OK_200;
                    case REFUSED ->
                            reply.code().equals("INVALID")
                                    ? Status.BAD_REQUEST_400
                                    : Status.CONFLICT_409;
                    case UNKNOWN -> Status.ACCEPTED_202;
                };
        send(response, status, ReportJson.write(reply));
    }

    /// Whether the process should be left alone: false only if starting it anew is all that helps.
    private static void live(Views views, ServerResponse response) {
        ClusterInfo info = views.clusterInfo();
        Status status = info.alive() ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503;
        String cause = info.alive() ? "" : info.detail();
        send(response, status, ReportJson.write(new Live(info.alive(), info.lifecycle(), cause)));
    }

    /// Whether the node should be sent requests.
    private static void ready(Views views, ServerResponse response) {
        NodeReport report = views.report();
        Status status = report.ready() ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503;
        send(
                response,
                status,
                ReportJson.write(new Ready(report.ready(), report.lifecycle(), reason(report))));
    }

    private static String reason(NodeReport report) {
        String cause = report.cause();
        return cause == null ? "" : cause;
    }

    private static void send(ServerResponse response, Status status, String json) {
        response.status(status).header(HeaderNames.CONTENT_TYPE, "application/json").send(json);
    }

    /// Where the server can be reached, as `http://host:port`.
    public String url() {
        return "http://" + host + ":" + server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    /// The document at `/health/live`.
    private record Live(boolean live, String lifecycle, String cause) {}

    /// The document at `/health/ready`.
    private record Ready(boolean ready, String lifecycle, String cause) {}
}
