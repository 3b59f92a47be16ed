package dev.quorate.app.admin;

import dev.quorate.app.admin.SecurityDocument.Done;
import dev.quorate.app.admin.SecurityDocument.NewToken;
import dev.quorate.app.admin.SecurityDocument.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Speaks with a node's [SecurityService]. Thread-safe.
public final class SecurityClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);
    private static final int OK = 200;

    private final HttpClient http;

    /// Opens a client.
    public SecurityClient() {
        http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(3))
                        .build();
    }

    /// A node's admin interface.
    ///
    /// @param url `http://host:port`
    /// @param token null if none is at hand: then looking is all there is
    public record Door(String url, @Nullable AdminToken token) {}

    /// The node answered, and refused; the message is its sentence.
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String sentence) {
            super(sentence);
        }
    }

    /// What a node says of certificates and tokens.
    ///
    /// @throws IOException if it does not answer, or not with that; the message is a sentence
    public SecurityDocument look(Door door) throws IOException {
        return ask(request(door, SecurityService.PATH).GET().build(), door, SecurityDocument.class);
    }

    /// Has a node do something.
    ///
    /// @param path below `/v1/security`
    /// @param said the members of the request
    /// @throws IOException as [#look]
    public Done change(Door door, String path, Map<String, Object> said) throws IOException {
        return ask(post(door, SecurityService.PATH + path, said), door, Done.class);
    }

    /// Has a node make a join token.
    ///
    /// @throws IOException as [#look]
    public NewToken createToken(Door door, Duration lasts) throws IOException {
        HttpRequest request =
                post(door, SecurityService.PATH + "/tokens", Map.of("seconds", lasts.toSeconds()));
        return ask(request, door, NewToken.class);
    }

    /// What a node says of all nodes.
    ///
    /// @throws IOException as [#look]
    public NodesDocument nodes(Door door) throws IOException {
        return ask(request(door, NodesService.PATH).GET().build(), door, NodesDocument.class);
    }

    /// Has a node change who belongs to the cluster.
    ///
    /// @param verb `leave`, `stay` or `remove`
    /// @throws IOException as [#look]
    public Done changeNode(Door door, long node, String verb, Map<String, Object> said)
            throws IOException {
        String path = NodesService.PATH + "/" + node + "/" + verb;
        return ask(post(door, path, said), door, Done.class);
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }

    private static HttpRequest post(Door door, String path, Map<String, Object> said) {
        return request(door, path)
                .POST(HttpRequest.BodyPublishers.ofString(ReportJson.write(said)))
                .build();
    }

    private static HttpRequest.Builder request(Door door, String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(door.url() + path)).timeout(TIMEOUT);
        AdminToken token = door.token();
        return token == null ? request : request.header("Authorization", token.header());
    }

    private <T> T ask(HttpRequest request, Door door, Class<T> type) throws IOException {
        HttpResponse<String> response;
        try {
            response = http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking " + door.url(), e);
        } catch (IOException e) {
            String reason = e.getMessage() == null ? "no connection" : e.getMessage();
            throw new IOException(door.url() + " does not answer: " + reason, e);
        }
        if (response.statusCode() != OK) {
            throw new Refused(ReportJson.read(response.body(), Problem.class).error());
        }
        return ReportJson.read(response.body(), type);
    }
}
