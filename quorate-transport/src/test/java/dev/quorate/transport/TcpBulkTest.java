package dev.quorate.transport;

/// [BulkContract] over TCP with TLS.
class TcpBulkTest extends BulkContract {
    TcpBulkTest() {
        super(TestCluster.Kind.TCP);
    }
}
