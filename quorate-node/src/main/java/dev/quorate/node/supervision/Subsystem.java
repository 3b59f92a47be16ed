package dev.quorate.node.supervision;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// One part of a node that runs.
///
/// @param name in one word
/// @param needs names of the parts that must outlive it
/// @param stopWithin how long it may take to stop
/// @param stop stops it and returns when it has
/// @param trouble why it does not do its work just now; empty while it does
public record Subsystem(
        String name,
        List<String> needs,
        Duration stopWithin,
        Runnable stop,
        Supplier<String> trouble) {
    public Subsystem {
        needs = List.copyOf(needs);
    }

    /// A part that works, or fails the node.
    public static Subsystem of(
            String name, List<String> needs, Duration stopWithin, Runnable stop) {
        return new Subsystem(name, needs, stopWithin, stop, () -> "");
    }

    /// The same part, which can be in trouble and get out of it by itself.
    public Subsystem troubledBy(Supplier<String> why) {
        return new Subsystem(name, needs, stopWithin, stop, why);
    }
}
