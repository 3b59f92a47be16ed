package dev.quorate.app.admin;

import dev.quorate.app.admin.SecurityDocument.Done;
import dev.quorate.app.admin.SecurityDocument.NewToken;
import dev.quorate.app.admin.SecurityDocument.Problem;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.node.identity.SecurityRefused;
import dev.quorate.transport.JoinToken;
import dev.quorate.types.NodeId;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Certificates and join tokens over HTTP. Looking is free; whatever changes something wants the
/// [AdminToken].
///
/// ```text
/// GET  /v1/security
/// POST /v1/security/renew
/// POST /v1/security/ca/stage {"directory"?}   POST …/ca/finalize   POST …/ca/abandon
/// POST /v1/security/revoke {"node", "reason", "force"?}
/// POST /v1/security/tokens {"seconds"}        POST …/tokens/revoke {"id"}
/// ```
public final class SecurityService implements HttpService {
    /// Where it is mounted.
    static final String PATH = "/v1/security";

    private final long nodeId;
    private final @Nullable ClusterSecurity security;
    private final AdminToken token;

    /// @param security null on a node without links: nothing is to be had there
    public SecurityService(long nodeId, @Nullable ClusterSecurity security, AdminToken token) {
        this.nodeId = nodeId;
        this.security = security;
        this.token = token;
    }

    private interface Action {
        Object on(ClusterSecurity security, Asked asked) throws IOException;
    }

    /// What a request may say; everything is optional.
    record Asked(
            @Nullable String directory,
            @Nullable Long node,
            @Nullable String reason,
            @Nullable Long seconds,
            @Nullable String id,
            @Nullable Boolean force) {
        static final Asked NOTHING = new Asked(null, null, null, null, null, null);
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", this::look)
                .post("/renew", changing((on, _) -> new Done("Renewed: " + on.renew())))
                .post("/ca/stage", changing(SecurityService::stage))
                .post("/ca/finalize", changing(SecurityService::finish))
                .post("/ca/abandon", changing(SecurityService::abandon))
                .post("/revoke", changing(SecurityService::revoke))
                .post("/tokens", changing(SecurityService::createToken))
                .post("/tokens/revoke", changing(SecurityService::revokeToken));
    }

    private void look(ServerRequest request, ServerResponse response) {
        ClusterSecurity present = security;
        if (present == null) {
            unavailable(response);
        } else {
            SecurityDocument document =
                    SecurityDocument.of(nodeId, present.report(), present.tokens());
            send(response, Status.OK_200, document);
        }
    }

    private Handler changing(Action action) {
        return (request, response) -> {
            String shown = request.headers().value(HeaderNames.AUTHORIZATION).orElse("");
            ClusterSecurity present = security;
            if (!token.isShownBy(shown)) {
                send(
                        response,
                        Status.UNAUTHORIZED_401,
                        new Problem("This needs the node's admin token (see admin.token)."));
            } else if (present == null) {
                unavailable(response);
            } else {
                act(action, present, request, response);
            }
        };
    }

    private static void act(
            Action action,
            ClusterSecurity security,
            ServerRequest request,
            ServerResponse response) {
        try {
            String body = request.content().hasEntity() ? request.content().as(String.class) : "";
            Asked asked = body.isBlank() ? Asked.NOTHING : ReportJson.read(body, Asked.class);
            send(response, Status.OK_200, action.on(security, asked));
        } catch (SecurityRefused e) {
            send(response, Status.CONFLICT_409, new Problem(String.valueOf(e.getMessage())));
        } catch (IOException | IllegalArgumentException e) {
            send(response, Status.BAD_REQUEST_400, new Problem(String.valueOf(e.getMessage())));
        }
    }

    private static Object stage(ClusterSecurity security, Asked asked) throws IOException {
        try {
            String directory = asked.directory();
            Path brought = directory == null ? null : Path.of(directory);
            byte[] hash = security.stageAuthority(brought).toByteArray();
            return new Done("Staged authority " + HexFormat.of().formatHex(hash) + ".");
        } catch (InvalidPathException e) {
            throw new IOException("That is no path: " + e.getMessage(), e);
        }
    }

    private static Object finish(ClusterSecurity security, Asked asked) {
        security.finalizeAuthority();
        return new Done("The staged authority is the only one now.");
    }

    private static Object abandon(ClusterSecurity security, Asked asked) {
        security.abandonAuthority();
        return new Done("The change was given up; nodes return to the old authority.");
    }

    private static Object revoke(ClusterSecurity security, Asked asked) throws IOException {
        Long node = asked.node();
        if (node == null || node < 1) {
            throw new IOException("Say which node: {\"node\": 3, \"reason\": \"stolen\"}.");
        }
        String reason = asked.reason() == null ? "" : asked.reason();
        boolean forced = Boolean.TRUE.equals(asked.force());
        security.revoke(
                new NodeId(node), reason, forced ? DenyNode.Care.FORCED : DenyNode.Care.SAFE);
        return new Done("The key of node " + node + " is denied from now on.");
    }

    private static Object createToken(ClusterSecurity security, Asked asked) {
        long seconds = asked.seconds() == null ? 3600 : asked.seconds();
        JoinToken made = security.createToken(Duration.ofSeconds(seconds));
        return new NewToken(
                HexFormat.of().formatHex(made.hash().toByteArray()),
                made.expiry().toString(),
                made.text());
    }

    private static Object revokeToken(ClusterSecurity security, Asked asked) {
        String id = asked.id() == null ? "" : asked.id();
        security.revokeToken(id);
        return new Done("The join token " + id + " is withdrawn.");
    }

    private static void unavailable(ServerResponse response) {
        send(
                response,
                Status.NOT_FOUND_404,
                new Problem("This node has no links, and so no certificates."));
    }

    private static void send(ServerResponse response, Status status, Object document) {
        response.status(status)
                .header(HeaderNames.CONTENT_TYPE, "application/json")
                .header(HeaderNames.CACHE_CONTROL, "no-store")
                .send(ReportJson.write(document));
    }
}
