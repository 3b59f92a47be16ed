package dev.quorate.app.admin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Reads a node's [NodeReport] over HTTP. Thread-safe.
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
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException(admin + " answered with status " + response.statusCode());
            }
            return ReportJson.read(response.body(), NodeReport.class);
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
