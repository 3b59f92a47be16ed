package dev.quorate.kv.door;

import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Every command that the door knows: the one source of the arity check, key extraction, the
/// `COMMAND` replies and the compatibility page.
final class CommandTable {
    private final Map<String, CommandSpec> byName = new LinkedHashMap<>();

    CommandTable() {
        DataCommandSpecs.ALL.forEach(this::add);
        DoorCommandSpecs.ALL.forEach(this::add);
    }

    /// All commands, those on data first.
    List<CommandSpec> all() {
        return new ArrayList<>(byName.values());
    }

    /// The command of this name in any case, or null.
    @Nullable CommandSpec find(Bytes name) {
        return name.length() > 32 ? null : byName.get(lower(name));
    }

    /// The command that a request names, if it has enough arguments.
    CommandSpec check(List<Bytes> request) throws RefusedException {
        CommandSpec spec = find(request.getFirst());
        if (spec == null) {
            throw RefusedException.because(unknown(request));
        }
        if (!spec.fits(request.size())) {
            throw RefusedException.arity(spec.name());
        }
        return spec;
    }

    static String lower(Bytes text) {
        return text.toUtf8().toLowerCase(Locale.ROOT);
    }

    private void add(CommandSpec spec) {
        if (byName.put(spec.name(), spec) != null) {
            throw new IllegalStateException("two commands are called " + spec.name());
        }
    }

    private static String unknown(List<Bytes> request) {
        StringBuilder arguments = new StringBuilder();
        for (Bytes argument : request.subList(1, request.size())) {
            if (arguments.length() >= 128) {
                break;
            }
            arguments.append('\'').append(start(argument, 128 - arguments.length())).append("' ");
        }
        return "ERR unknown command '"
                + start(request.getFirst(), 128)
                + "', with args beginning with: "
                + arguments;
    }

    private static String start(Bytes text, int max) {
        return Bytes.read(text.asBuffer(), Math.min(max, text.length())).toUtf8();
    }
}
