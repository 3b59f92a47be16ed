package dev.quorate.transport;

/// [BulkContract] over QUIC.
class QuicBulkTest extends BulkContract {
    QuicBulkTest() {
        super(TestCluster.Kind.QUIC);
    }
}
