package dev.quorate.transport;

/// [LinksContract] over QUIC.
class QuicLinksTest extends LinksContract {
    QuicLinksTest() {
        super(TestCluster.Kind.QUIC);
    }
}
