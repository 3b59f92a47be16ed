package dev.quorate.transport;

/// [LinksContract] over TCP with TLS.
class TcpLinksTest extends LinksContract {
    TcpLinksTest() {
        super(TestCluster.Kind.TCP);
    }
}
