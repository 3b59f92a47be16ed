package dev.quorate.app.admin;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Supplier;

/// Serves a node's state over HTTP: `GET /health`, `GET /v1/status`, and what [SecurityService]
/// offers under `/v1/security`.
///
/// Thread-safe; each request runs on a virtual thread of its own.
public final class AdminServer implements AutoCloseable {
    private static final int REQUEST_BYTES_MAX = 16 * 1024;
    private static final int CONNECTIONS_MAX = 256;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final WebServer server;
    private final String host;

    private AdminServer(WebServer server, String host) {
        this.server = server;
        this.host = host;
    }

    /// Listens, and answers with what `report` says at that moment.
    ///
    /// @param bind where to listen; port 0 takes a free one
    /// @param security certificates and join tokens
    /// @param report called for each request, from any thread; must not block for long
    /// @throws IllegalStateException if the address cannot be bound
    public static AdminServer start(
            InetSocketAddress bind, Supplier<NodeReport> report, SecurityService security) {
        HttpRouting.Builder routes =
                HttpRouting.builder()
                        .register(SecurityService.PATH, security)
                        .get("/health", (_, response) -> health(report.get(), response))
                        .get(
                                "/v1/status",
                                (_, response) ->
                                        send(
                                                response,
                                                Status.OK_200,
                                                ReportJson.write(report.get())));
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

    private static void health(NodeReport report, ServerResponse response) {
        Status status = report.ready() ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503;
        send(
                response,
                status,
                ReportJson.write(new Health(report.ready(), report.lifecycle(), reason(report))));
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

    /// The document at `/health`.
    private record Health(boolean ready, String lifecycle, String cause) {}
}
