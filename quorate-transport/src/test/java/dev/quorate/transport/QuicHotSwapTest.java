package dev.quorate.transport;

/// [HotSwapContract] over QUIC.
class QuicHotSwapTest extends HotSwapContract {
    QuicHotSwapTest() {
        super(TestCluster.Kind.QUIC);
    }
}
