import org.jspecify.annotations.NullMarked;

/// The part that doubts: a deterministic cluster, its faults, its invariants. Published, so that
/// users can put *their* state machine under it.
@NullMarked
module dev.quorate.sim {
    requires transitive dev.quorate.storage;

    exports dev.quorate.sim;
    exports dev.quorate.sim.swim;
}
