package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a node listens is not always where it can be called.
class AddressesTest {
    private static final String RECORDED = "10.0.0.7:9000";

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:9000", "[::]:9000", "127.0.0.1:0"})
    void anAddressThatTellsNothingIsNotAnnounced(String listened) {
        assertThat(Addresses.isTelling(listened)).isFalse();
        assertThat(Whereabouts.announced(listened, RECORDED)).isEqualTo(RECORDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:9000", "[::1]:9000", "n7.nowhere.invalid:9000"})
    void anyOtherIsEvenIfItsNameIsNotKnownHere(String listened) {
        assertThat(Addresses.isTelling(listened)).isTrue();
        assertThat(Whereabouts.announced(listened, RECORDED)).isEqualTo(listened);
    }

    @Test
    void whoListensNowhereAnymoreSaysSo() {
        assertThat(Addresses.isTelling("")).isFalse();
        assertThat(Addresses.isTelling("nonsense")).isFalse();
        assertThat(Whereabouts.announced("", RECORDED)).isEmpty();
    }
}
