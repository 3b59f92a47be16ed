package dev.quorate.app;

import dev.quorate.kv.KvServer;
import dev.quorate.kv.door.KvServerOptions;
import dev.quorate.node.Quorate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The door for Redis clients. It opens once the node is ready: a client that is refused goes to
/// another node, one that is let in too early is told that its slot is served nowhere.
final class RedisDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisDoor.class);
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Quorate quorate;
    private final KvServerOptions options;
    private final Thread opener;
    private final CompletableFuture<String> failed = new CompletableFuture<>();
    private @Nullable KvServer server;
    private boolean closed;

    private RedisDoor(Quorate quorate, KvServerOptions options) {
        this.quorate = quorate;
        this.options = options;
        opener = Thread.ofPlatform().daemon().name("quorate-redis-door").unstarted(this::open);
    }

    /// Waits for the node on a thread of its own.
    ///
    /// @throws IOException if the address is taken already
    static RedisDoor begin(Quorate quorate, KvServerOptions options, InetSocketAddress bind)
            throws IOException {
        requireFree(bind);
        RedisDoor door = new RedisDoor(quorate, options);
        door.opener.start();
        return door;
    }

    /// Better told at the start than when the node is ready.
    private static void requireFree(InetSocketAddress bind) throws IOException {
        InetAddress host = bind.getAddress();
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, bind.getPort()));
        } catch (IOException e) {
            throw new IOException(
                    "The Redis address "
                            + bind.getHostString()
                            + ":"
                            + bind.getPort()
                            + " cannot be bound: "
                            + e.getMessage(),
                    e);
        }
    }

    private void open() {
        while (!quorate.awaitReady(LOOK)) {
            if (isClosed() || !quorate.lifecycle().alive()) {
                return;
            }
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            try {
                server = KvServer.start(quorate, options);
                LOG.info("Redis clients may come in at {}", Reports.text(server.address()));
            } catch (IOException | RuntimeException e) {
                LOG.error("The door for Redis clients does not open", e);
                failed.complete("the door for Redis clients does not open: " + e.getMessage());
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /// The server behind the door; null while it is shut.
    synchronized @Nullable KvServer server() {
        return server;
    }

    /// Done, with a sentence, if the door cannot be opened.
    CompletableFuture<String> failed() {
        return failed;
    }

    @Override
    public void close() {
        KvServer open;
        synchronized (this) {
            closed = true;
            open = server;
        }
        if (open != null) {
            open.close();
        }
    }
}
