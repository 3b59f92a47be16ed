import org.jspecify.annotations.NullMarked;

/// The part that decides: no thread, no clock, no file, no socket.
@NullMarked
module dev.quorate.core {
    requires static transitive org.jspecify;

    exports dev.quorate.api;
    exports dev.quorate.core;
    exports dev.quorate.enrolment;
    exports dev.quorate.metadata;
    exports dev.quorate.placement;
    exports dev.quorate.raft;
    exports dev.quorate.session;
    exports dev.quorate.swim;
    exports dev.quorate.types;
    exports dev.quorate.wire;
}
