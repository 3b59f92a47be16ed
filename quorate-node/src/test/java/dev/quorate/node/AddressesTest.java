package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is told of where a node listens, and what is believed of it.
class AddressesTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:7001", "[::1]:7001", "10.0.0.7:1", "no-such-host.invalid:9"})
    void whatOthersCanCallIsTold(String listened) {
        assertThat(Addresses.canBeCalled(listened)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0.0.0.0:7001", "[::]:7001", "127.0.0.1:0", "", "7001", "host:", "host:-1"})
    void whatMeansNothingElsewhereIsNot(String listened) {
        assertThat(Addresses.canBeCalled(listened)).isFalse();
    }

    @Test
    void bothKindsOfHostsAreRead() {
        assertThat(Addresses.resolve("[::1]:7001").getAddress())
                .isInstanceOf(Inet6Address.class)
                .matches(InetAddress::isLoopbackAddress);
        assertThat(Addresses.resolve("127.0.0.1:7001").getHostString()).isEqualTo("127.0.0.1");
        assertThat(Addresses.resolve("127.0.0.1:7001").getPort()).isEqualTo(7001);
        assertThatThrownBy(() -> Addresses.resolve("host"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not host:port");
    }

    @Test
    void anAddressThatTellsNothingLeavesWhatIsKnown() {
        String recorded = "10.0.0.7:9000";
        assertThat(Whereabouts.announced("0.0.0.0:9000", recorded)).isEqualTo(recorded);
        assertThat(Whereabouts.announced("127.0.0.1:9000", recorded)).isEqualTo("127.0.0.1:9000");
        assertThat(Whereabouts.announced("", recorded)).isEmpty();
    }
}
