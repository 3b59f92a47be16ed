package dev.quorate.app.admin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Reads a node's [NodeReport] over HTTP, and tells it what an operator wishes. Thread-safe.
public final class AdminClient implements AutoCloseable {
    private final HttpClient http;
    private final Duration timeout;

    /// @param timeout longest time for a connection, and again for an answer
    public AdminClient(Duration timeout) {
        this.timeout = timeout;
        http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(timeout)
                        .build();
    }

    /// Asks one node.
    ///
    /// @param admin `http://host:port`
    /// @throws IOException if it does not answer, or not with a report; the message is a sentence
    public NodeReport status(String admin) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(admin + "/v1/status")).timeout(timeout).build();
        HttpResponse<String> response = send(admin, request);
        if (response.statusCode() != 200) {
            throw new IOException(admin + " answered with status " + response.statusCode());
        }
        return ReportJson.read(response.body(), NodeReport.class);
    }

    /// Asks one node to let another lead a group.
    ///
    /// @param admin `http://host:port` of the node that leads it
    /// @param target null for whoever is fittest
    /// @throws IOException if it does not answer; the message is a sentence
    public WishReply transfer(String admin, long group, @Nullable Long target) throws IOException {
        String query = target == null ? "" : "?to=" + target;
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(admin + "/v1/groups/" + group + "/transfer" + query))
                        .timeout(timeout)
                        .header(AdminServer.WISH_HEADER, "transfer")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
        return ReportJson.read(send(admin, request).body(), WishReply.class);
    }

    private HttpResponse<String> send(String admin, HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking " + admin, e);
        } catch (IOException e) {
            String reason = e.getMessage() == null ? "no connection" : e.getMessage();
            throw new IOException(admin + " does not answer: " + reason, e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
