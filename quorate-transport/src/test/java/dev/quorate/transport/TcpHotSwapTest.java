package dev.quorate.transport;

/// [HotSwapContract] over TCP with TLS.
class TcpHotSwapTest extends HotSwapContract {
    TcpHotSwapTest() {
        super(TestCluster.Kind.TCP);
    }
}
