package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `CONFIG GET`: the settings of Redis that mean something here.
final class ConfigCommands {
    private final Map<String, String> settings = new TreeMap<>();

    ConfigCommands(KvServerOptions options, int port) {
        settings.put("appendonly", "yes");
        settings.put("bind", options.host());
        settings.put("cluster-enabled", "yes");
        settings.put("databases", "1");
        settings.put("maxclients", Integer.toString(options.connectionsMax()));
        settings.put("maxmemory", "0");
        settings.put("maxmemory-policy", "noeviction");
        settings.put("port", Integer.toString(port));
        settings.put("proto-max-bulk-len", Integer.toString(options.valueBytesMax()));
        settings.put("save", "");
        settings.put("timeout", Long.toString(options.idle().toSeconds()));
    }

    Reply answer(List<Bytes> request) throws RefusedException {
        switch (CommandTable.lower(request.get(1))) {
            case "get" -> {
                if (request.size() < 3) {
                    throw RefusedException.arity("config|get");
                }
            }
            case "set", "rewrite", "resetstat" ->
                    throw RefusedException.because(
                            "ERR the configuration is a file: CONFIG "
                                    + request.get(1).toUtf8()
                                    + " is refused");
            default -> throw Session.unknownSubcommand("CONFIG", request.get(1));
        }
        List<Glob> patterns = new ArrayList<>();
        for (Bytes pattern : request.subList(2, request.size())) {
            patterns.add(new Glob(CommandTable.lower(pattern)));
        }
        List<Reply> found = new ArrayList<>();
        settings.forEach((name, value) -> {
            if (patterns.stream().anyMatch(pattern -> pattern.matches(name))) {
                found.add(Reply.text(name));
                found.add(Reply.text(value));
            }
        });
        return new Reply.Dictionary(found);
    }
}
