package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.sim.Variant.Shape;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Smaller forms of a run, in words and in effect.
class VariantTest {
    private static final Shape DRAWN =
            new Shape(
                    SimConfig.ordinary(3, 6).served(4, Duration.ofMillis(5)),
                    Faults.NONE
                            .with(FaultKind.CRASH, 0.5)
                            .with(FaultKind.CUT, 0.1)
                            .with(FaultKind.LOSS, 0.01),
                    Duration.ofSeconds(10));

    @Test
    void wordsAndVariantsAreTheSame() {
        String words = "groups=1,clients=2,faults=crash+bit-rot,storm=500";
        assertThat(Variant.parse(words)).hasToString(words);
        assertThat(Variant.parse("faults=none").faults()).contains(List.of());
        assertThat(Variant.AS_DRAWN).hasToString("");
    }

    @Test
    void nonsenseIsRefusedWithTheWayToWriteIt() {
        for (String nonsense :
                List.of("groups", "groups=0", "groups=x", "faults=crsh", "nodes=1", "")) {
            assertThatThrownBy(() -> Variant.parse(nonsense))
                    .as(nonsense)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("faults=crash+cut");
        }
    }

    @Test
    void itMakesARunSmallerAndNeverLarger() {
        Shape smaller = Variant.parse("groups=2,clients=9,faults=crash+wipe,storm=700").of(DRAWN);

        assertThat(smaller.config().groups()).isEqualTo(2);
        assertThat(smaller.config().clients()).isEqualTo(4);
        assertThat(smaller.faults().kinds()).containsExactly(FaultKind.CRASH);
        assertThat(smaller.faults().of(FaultKind.CRASH)).isEqualTo(0.5);
        assertThat(smaller.storm()).isEqualTo(Duration.ofMillis(700));
        assertThat(Variant.AS_DRAWN.of(DRAWN).variant()).isEqualTo(DRAWN.variant());
    }

    @Test
    void everySmallerFormIsSmallerAndTheSmallestHasNone() {
        for (Variant next : DRAWN.variant().smaller()) {
            assertThat(next.of(DRAWN).variant()).isEqualTo(next).isNotEqualTo(DRAWN.variant());
        }
        assertThat(Variant.parse("groups=1,clients=1,faults=none,storm=250").smaller()).isEmpty();
    }

    @Test
    void theCommandThatReplaysItNamesIt() {
        assertThat(Variant.parse("groups=1").replay("storm", 17))
                .isEqualTo("./quorate sim --scenario storm --seed 0x11 --with groups=1");
        assertThat(Variant.AS_DRAWN.replay("storm", 17))
                .isEqualTo("./quorate sim --scenario storm --seed 0x11");
    }
}
