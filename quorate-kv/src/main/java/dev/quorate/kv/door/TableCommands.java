package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `COMMAND …`: the command table told to clients.
final class TableCommands {
    private final CommandTable table;

    TableCommands(CommandTable table) {
        this.table = table;
    }

    Reply answer(List<Bytes> request) throws RefusedException {
        if (request.size() == 1) {
            return new Reply.Sequence(table.all().stream().map(TableCommands::info).toList());
        }
        List<Bytes> rest = request.subList(2, request.size());
        String subcommand = CommandTable.lower(request.get(1));
        return switch (subcommand) {
            case "count" -> new Reply.Int(table.all().size());
            case "list" ->
                    new Reply.Sequence(
                            table.all().stream().map(spec -> Reply.text(spec.name())).toList());
            case "info" ->
                    new Reply.Sequence(chosen(rest).stream().map(TableCommands::info).toList());
            case "docs" -> docs(rest);
            case "getkeys" -> keys(rest);
            default -> throw Session.unknownSubcommand("COMMAND", request.get(1));
        };
    }

    /// The named commands, null where there is none; all if none is named.
    private List<@Nullable CommandSpec> chosen(List<Bytes> names) {
        List<@Nullable CommandSpec> chosen = new ArrayList<>();
        if (names.isEmpty()) {
            chosen.addAll(table.all());
        }
        for (Bytes name : names) {
            chosen.add(table.find(name));
        }
        return chosen;
    }

    private static Reply info(@Nullable CommandSpec spec) {
        if (spec == null) {
            return Reply.NIL;
        }
        List<Reply> flags = new ArrayList<>();
        spec.flags().forEach(flag -> flags.add(new Reply.Simple(flag)));
        return Reply.list(
                Reply.text(spec.name()),
                new Reply.Int(spec.arity()),
                new Reply.Sequence(flags),
                new Reply.Int(spec.firstKey()),
                new Reply.Int(spec.lastKey()),
                new Reply.Int(spec.step()),
                Reply.list(),
                Reply.list(),
                Reply.list(),
                Reply.list());
    }

    private Reply docs(List<Bytes> names) {
        List<Reply> docs = new ArrayList<>();
        for (CommandSpec spec : chosen(names)) {
            if (spec != null) {
                docs.add(Reply.text(spec.name()));
                docs.add(
                        Reply.map(
                                Reply.text("summary"),
                                Reply.text(spec.summary()),
                                Reply.text("since"),
                                Reply.text(spec.since()),
                                Reply.text("group"),
                                Reply.text(spec.group()),
                                Reply.text("complexity"),
                                Reply.text(spec.complexity())));
            }
        }
        return new Reply.Dictionary(docs);
    }

    private Reply keys(List<Bytes> request) throws RefusedException {
        if (request.isEmpty()) {
            throw RefusedException.arity("command|getkeys");
        }
        CommandSpec spec = table.find(request.getFirst());
        if (spec == null) {
            throw RefusedException.because("ERR Invalid command specified");
        }
        if (!spec.fits(request.size())) {
            throw RefusedException.because("ERR Invalid number of arguments specified for command");
        }
        if (spec.firstKey() == 0) {
            throw RefusedException.because("ERR The command has no key arguments");
        }
        List<Reply> keys = new ArrayList<>();
        spec.keys(request).forEach(key -> keys.add(new Reply.Bulk(key)));
        return new Reply.Sequence(keys);
    }
}
