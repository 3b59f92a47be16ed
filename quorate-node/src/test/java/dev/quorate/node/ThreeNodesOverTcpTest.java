package dev.quorate.node;

/// [ThreeNodesTest] where UDP does not get through.
class ThreeNodesOverTcpTest extends ThreeNodesTest {
    @Override
    String transport() {
        return "tcp";
    }
}
