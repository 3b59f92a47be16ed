package dev.quorate.kv.door;

import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Bound;
import dev.quorate.types.Bytes;
import java.util.List;

/// The options of `EXPIRE` and its relatives.
final class ExpireArguments {
    private ExpireArguments() {}

    static KvWrite parse(String command, ExpiryUnit unit, List<Bytes> request)
            throws RefusedException {
        boolean none = false;
        boolean some = false;
        boolean later = false;
        boolean earlier = false;
        for (Bytes argument : request.subList(3, request.size())) {
            switch (CommandTable.lower(argument)) {
                case "nx" -> none = true;
                case "xx" -> some = true;
                case "gt" -> later = true;
                case "lt" -> earlier = true;
                default ->
                        throw RefusedException.because(
                                "ERR Unsupported option " + argument.toUtf8());
            }
        }
        if (none && (some || later || earlier)) {
            throw RefusedException.because(
                    "ERR NX and XX, GT or LT options at the same time are not compatible");
        }
        if (later && earlier) {
            throw RefusedException.because(
                    "ERR GT and LT options at the same time are not compatible");
        }
        Expiry expiry = unit.any(command, request.get(2));
        Bound bound = later ? Bound.LATER : earlier ? Bound.EARLIER : Bound.ANY;
        return new KvWrite.Expire(request.get(1), expiry, none, some, bound);
    }
}
