package dev.quorate.app.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.node.Lifecycle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What arrives at a real Unix datagram socket.
@EnabledOnOs(OS.LINUX)
class SystemdNotifierTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir Path directory;
    private final AtomicReference<Lifecycle> lifecycle =
            new AtomicReference<>(new Lifecycle.Starting());
    private final AtomicLong turns = new AtomicLong();

    private SystemdNotifier.Watch watch() {
        return new SystemdNotifier.Watch(lifecycle::get, turns::incrementAndGet);
    }

    private static void awaitMessage(UnixReceiver receiver, String expected) {
        await().atMost(PATIENCE).until(() -> receiver.poll().equals(expected));
    }

    @Test
    void readyStatusAndStoppingAreToldOnceEach() {
        String path = directory.resolve("notify").toString();
        try (UnixReceiver receiver = new UnixReceiver(path)) {
            SystemdNotifier notifier =
                    Objects.requireNonNull(
                            SystemdNotifier.start(Map.of("NOTIFY_SOCKET", path), watch()));
            awaitMessage(receiver, "STATUS=starting\n");
            lifecycle.set(new Lifecycle.Ready(3));
            awaitMessage(receiver, "READY=1\nSTATUS=ready in a cluster of 3\n");
            lifecycle.set(new Lifecycle.Degraded("two\nlines"));
            awaitMessage(receiver, "STATUS=degraded: two lines\n");
            lifecycle.set(new Lifecycle.Draining());
            awaitMessage(receiver, "STOPPING=1\nSTATUS=draining\n");
            lifecycle.set(new Lifecycle.Stopped());
            notifier.close();
            assertThat(receiver.poll()).isEqualTo("STATUS=stopped\n");
        }
    }

    @Test
    void theWatchdogIsFedWhileTheNodeMakesTurns() {
        String name = "@quorate-test-" + ProcessHandle.current().pid();
        Map<String, String> environment =
                Map.of(
                        "NOTIFY_SOCKET",
                        name,
                        "WATCHDOG_USEC",
                        "100000",
                        "WATCHDOG_PID",
                        Long.toString(ProcessHandle.current().pid()));
        try (UnixReceiver receiver = new UnixReceiver(name);
                SystemdNotifier notifier = SystemdNotifier.start(environment, watch())) {
            assertThat(notifier).isNotNull();
            awaitMessage(receiver, "STATUS=starting\nWATCHDOG=1\n");
            awaitMessage(receiver, "WATCHDOG=1\n");
        }
    }

    @Test
    void withoutAnyoneListeningTheNodeGoesOn() {
        String path = directory.resolve("nobody").toString();
        try (SystemdNotifier notifier =
                SystemdNotifier.start(Map.of("NOTIFY_SOCKET", path), watch())) {
            assertThat(notifier).isNotNull();
        }
        assertThat(SystemdNotifier.start(Map.of("NOTIFY_SOCKET", "relative"), watch())).isNull();
        assertThat(SystemdNotifier.start(Map.of(), watch())).isNull();
    }
}
