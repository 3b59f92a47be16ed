package dev.quorate.kv.engine;

/// The store cannot read or write any more: the groups that live in it must stop applying.
public final class EngineFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Says what failed and why.
    public EngineFailure(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
