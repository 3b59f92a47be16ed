package dev.quorate.kv.door;

import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;

/// One line of the command table, in the terms of Redis's `COMMAND` reply.
///
/// @param name in lower case
/// @param arity number of arguments, name included; at least so many if negative
/// @param firstKey position of the first key; `0` if there are none
/// @param lastKey position of the last key; counted from the end if negative
/// @param step distance between keys
/// @param group Redis's chapter
/// @param since version of Redis that first had it
/// @param difference how ours differs from Redis's; empty if it does not
record CommandSpec(
        String name,
        int arity,
        List<String> flags,
        int firstKey,
        int lastKey,
        int step,
        String group,
        String since,
        String complexity,
        String summary,
        String difference) {
    CommandSpec {
        flags = List.copyOf(flags);
    }

    boolean fits(int arguments) {
        return arity >= 0 ? arguments == arity : arguments >= -arity;
    }

    /// The keys in a request that fits.
    List<Bytes> keys(List<Bytes> arguments) {
        List<Bytes> keys = new ArrayList<>();
        if (firstKey > 0) {
            int last = lastKey < 0 ? arguments.size() + lastKey : lastKey;
            for (int i = firstKey; i <= last; i += step) {
                keys.add(arguments.get(i));
            }
        }
        return keys;
    }
}
