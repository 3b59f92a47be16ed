package dev.quorate.node.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SubsystemsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Subsystems subsystems = new Subsystems();
    private final List<String> stopped = new ArrayList<>();

    private Subsystem part(String name, String... needs) {
        return Subsystem.of(name, List.of(needs), LONG, () -> stopped.add(name));
    }

    @Test
    void partsStopInTheOppositeOrderOfTheirStart() {
        subsystems.started(part("journal"));
        subsystems.started(part("links", "journal"));
        subsystems.started(part("reactor", "journal", "links"));

        assertThat(subsystems.stopAll()).isEmpty();

        assertThat(stopped).containsExactly("reactor", "links", "journal");
    }

    @Test
    void aPartWhoseNeedsDoNotRunIsRefused() {
        subsystems.started(part("journal"));

        assertThatIllegalStateException()
                .isThrownBy(() -> subsystems.started(part("reactor", "journal", "links")))
                .withMessage("reactor needs links, which is not running");
        assertThatIllegalStateException()
                .isThrownBy(() -> subsystems.started(part("journal")))
                .withMessage("journal is running already");
    }

    @Test
    void aPartThatOthersNeedIsNotStoppedBeforeThem() {
        subsystems.started(part("journal"));
        subsystems.started(part("reactor", "journal"));

        assertThatIllegalStateException().isThrownBy(() -> subsystems.stop("journal"));
        subsystems.stop("reactor");
        subsystems.stop("journal");

        assertThat(stopped).containsExactly("reactor", "journal");
    }

    @Test
    void aPartThatHangsOrFailsHoldsUpNoOther() {
        CountDownLatch forever = new CountDownLatch(1);
        subsystems.started(part("journal"));
        subsystems.started(
                Subsystem.of(
                        "broken",
                        List.of(),
                        LONG,
                        () -> {
                            throw new IllegalArgumentException("no");
                        }));
        subsystems.started(
                Subsystem.of("stuck", List.of(), Duration.ofMillis(1), () -> await(forever)));

        List<Subsystems.Misstop> bad = subsystems.stopAll();

        forever.countDown();
        assertThat(stopped).containsExactly("journal");
        assertThat(bad)
                .containsExactly(
                        new Subsystems.Misstop("stuck", "did not stop within PT0.001S"),
                        new Subsystems.Misstop("broken", "java.lang.IllegalArgumentException: no"));
    }

    @Test
    void nothingStartsAfterTheStop() {
        assertThat(subsystems.stopAll()).isEmpty();

        assertThatIllegalStateException().isThrownBy(() -> subsystems.started(part("late")));
    }

    @Test
    void theFirstTroubleIsTheNodes() {
        AtomicReference<String> trouble = new AtomicReference<>("");
        subsystems.started(part("journal"));
        subsystems.started(part("liveness").troubledBy(trouble::get));
        assertThat(subsystems.trouble()).isEmpty();

        trouble.set("it starts again");

        assertThat(subsystems.trouble()).isEqualTo("liveness: it starts again");
        assertThat(subsystems.states())
                .containsExactly(
                        new Subsystems.State("journal", ""),
                        new Subsystems.State("liveness", "it starts again"));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
