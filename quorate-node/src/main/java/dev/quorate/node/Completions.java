package dev.quorate.node;

import dev.quorate.core.NodeInput;

/// Where lanes put what they have done. Always has room; callable from any thread.
@FunctionalInterface
interface Completions {
    /// Hands one completion to the reactor.
    void post(NodeInput completion);
}
