package dev.quorate.app.admin;

import dev.quorate.app.admin.SecurityDocument.Done;
import dev.quorate.app.admin.SecurityDocument.Problem;
import dev.quorate.node.Membership;
import dev.quorate.node.Membership.Care;
import dev.quorate.node.MembershipRefused;
import dev.quorate.types.NodeId;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Who belongs to the cluster, over HTTP. Looking is free; changing needs the node's [AdminToken].
///
/// ```text
/// GET  /v1/nodes
/// POST /v1/nodes/NODE/leave    POST …/stay    POST …/remove {"reason"?, "force"?}
/// ```
public final class NodesService implements HttpService {
    /// Where it is mounted.
    static final String PATH = "/v1/nodes";

    private static final int REASON_LENGTH_MAX = 200;

    private final long nodeId;
    private final Membership membership;
    private final AdminToken token;

    public NodesService(long nodeId, Membership membership, AdminToken token) {
        this.nodeId = nodeId;
        this.membership = membership;
        this.token = token;
    }

    private interface Action {
        Done on(NodeId node, Asked asked);
    }

    /// What a request may say; everything is optional.
    record Asked(@Nullable String reason, @Nullable Boolean force) {
        static final Asked NOTHING = new Asked(null, null);
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", this::look)
                .post("/{node}/leave", changing(this::leave))
                .post("/{node}/stay", changing(this::stay))
                .post("/{node}/remove", changing(this::remove));
    }

    private void look(ServerRequest request, ServerResponse response) {
        send(response, Status.OK_200, NodesDocument.of(nodeId, membership.standings()));
    }

    private Done leave(NodeId node, Asked asked) {
        membership.leave(node);
        return new Done("Node " + node.value() + " is being emptied, and leaves when it is empty.");
    }

    private Done stay(NodeId node, Asked asked) {
        membership.stay(node);
        return new Done("Node " + node.value() + " stays.");
    }

    private Done remove(NodeId node, Asked asked) {
        String reason = asked.reason() == null ? "given up" : asked.reason();
        if (reason.length() > REASON_LENGTH_MAX) {
            throw new IllegalArgumentException("The reason is too long.");
        }
        boolean forced = Boolean.TRUE.equals(asked.force());
        membership.remove(node, reason, forced ? Care.FORCED : Care.SAFE);
        return new Done("Node " + node.value() + " is given up; its replicas are replaced.");
    }

    private Handler changing(Action action) {
        return (request, response) -> {
            String shown = request.headers().value(HeaderNames.AUTHORIZATION).orElse("");
            if (!token.isShownBy(shown)) {
                send(
                        response,
                        Status.UNAUTHORIZED_401,
                        new Problem("This needs the node's admin token (see admin.token)."));
            } else {
                act(action, request, response);
            }
        };
    }

    private static void act(Action action, ServerRequest request, ServerResponse response) {
        try {
            long node = Long.parseLong(request.path().pathParameters().get("node"));
            String body = request.content().hasEntity() ? request.content().as(String.class) : "";
            Asked asked = body.isBlank() ? Asked.NOTHING : ReportJson.read(body, Asked.class);
            send(response, Status.OK_200, action.on(new NodeId(node), asked));
        } catch (MembershipRefused e) {
            send(response, Status.CONFLICT_409, new Problem(String.valueOf(e.getMessage())));
        } catch (IOException | IllegalArgumentException e) {
            send(response, Status.BAD_REQUEST_400, new Problem(String.valueOf(e.getMessage())));
        }
    }

    private static void send(ServerResponse response, Status status, Object document) {
        response.status(status)
                .header(HeaderNames.CONTENT_TYPE, "application/json")
                .header(HeaderNames.CACHE_CONTROL, "no-store")
                .send(ReportJson.write(document));
    }
}
