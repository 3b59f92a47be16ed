import org.jspecify.annotations.NullMarked;

/// The part that remembers: the journal over a port, and the port's adapter for real files.
@NullMarked
module dev.quorate.storage {
    requires transitive dev.quorate.core;

    exports dev.quorate.storage;
}
