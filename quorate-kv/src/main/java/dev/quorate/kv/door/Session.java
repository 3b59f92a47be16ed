package dev.quorate.kv.door;

import dev.quorate.kv.command.Decimal;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.resp.Protocol;
import dev.quorate.types.Bytes;
import java.util.List;
import java.util.OptionalLong;

/// What a connection has said about itself. Owned by its event loop.
final class Session {
    private static final String VERSION = "7.4.0";
    private static final int NAME_BYTES_MAX = 256;

    private final long id;
    private final String remote;
    private final String local;
    private final long openedNanos;
    private Protocol protocol = Protocol.RESP2;
    private boolean readOnly;
    private String name = "";
    private String library = "";
    private String libraryVersion = "";
    private String lastCommand = "NULL";

    Session(long id, String remote, String local, long nowNanos) {
        this.id = id;
        this.remote = remote;
        this.local = local;
        this.openedNanos = nowNanos;
    }

    Protocol protocol() {
        return protocol;
    }

    /// Whether the client said READONLY: then any replica may answer its reads.
    boolean isReadOnly() {
        return readOnly;
    }

    void readOnly(boolean wanted) {
        readOnly = wanted;
    }

    void began(String command) {
        lastCommand = command;
    }

    /// The version of Redis whose commands and replies these are.
    static String redisVersion() {
        return VERSION;
    }

    Reply reset() {
        protocol = Protocol.RESP2;
        readOnly = false;
        name = "";
        return new Reply.Simple("RESET");
    }

    /// `HELLO [version [AUTH user password] [SETNAME name]]`.
    Reply hello(List<Bytes> request) throws RefusedException {
        Protocol wanted = protocol;
        if (request.size() > 1) {
            OptionalLong version = Decimal.parse(request.get(1));
            if (version.isEmpty()) {
                throw RefusedException.because(
                        "ERR Protocol version is not an integer or out of range");
            }
            if (version.getAsLong() != 2 && version.getAsLong() != 3) {
                throw RefusedException.because("NOPROTO unsupported protocol version");
            }
            wanted = version.getAsLong() == 2 ? Protocol.RESP2 : Protocol.RESP3;
        }
        String newName = name;
        for (int i = 2; i < request.size(); i++) {
            String option = CommandTable.lower(request.get(i));
            if (option.equals("auth") && i + 2 < request.size()) {
                throw noPasswords();
            }
            if (!option.equals("setname") || i + 1 == request.size()) {
                throw RefusedException.because(
                        "ERR Syntax error in HELLO option '" + request.get(i).toUtf8() + "'");
            }
            newName = checkName(request.get(++i));
        }
        name = newName;
        protocol = wanted;
        return Reply.map(
                Reply.text("server"),
                Reply.text("redis"),
                Reply.text("version"),
                Reply.text(VERSION),
                Reply.text("proto"),
                new Reply.Int(protocol == Protocol.RESP3 ? 3 : 2),
                Reply.text("id"),
                new Reply.Int(id),
                Reply.text("mode"),
                Reply.text("cluster"),
                Reply.text("role"),
                Reply.text("master"),
                Reply.text("modules"),
                Reply.list());
    }

    /// `CLIENT …`.
    Reply client(List<Bytes> request, long nowNanos) throws RefusedException {
        String subcommand = CommandTable.lower(request.get(1));
        boolean fits =
                switch (subcommand) {
                    case "id", "getname", "info" -> request.size() == 2;
                    case "list" -> true;
                    case "setname", "no-evict", "no-touch", "reply" -> request.size() == 3;
                    case "setinfo" -> request.size() == 4;
                    default -> throw unknownSubcommand("CLIENT", request.get(1));
                };
        if (!fits) {
            throw RefusedException.arity("client|" + subcommand);
        }
        return switch (subcommand) {
            case "id" -> new Reply.Int(id);
            case "getname" -> name.isEmpty() ? Reply.NIL : Reply.text(name);
            case "info", "list" -> Reply.text(describe(nowNanos) + "\n");
            case "setname" -> {
                name = checkName(request.get(2));
                yield Reply.OK;
            }
            case "setinfo" -> setInfo(request.get(2), request.get(3));
            default -> switchOption(subcommand, CommandTable.lower(request.get(2)));
        };
    }

    private static Reply switchOption(String subcommand, String value) throws RefusedException {
        boolean known = value.equals("on") || value.equals("off");
        if (!known || (subcommand.equals("reply") && !value.equals("on"))) {
            throw RefusedException.syntax();
        }
        return Reply.OK;
    }

    private Reply setInfo(Bytes attribute, Bytes value) throws RefusedException {
        String text = checkText(value, attribute.toUtf8());
        switch (CommandTable.lower(attribute)) {
            case "lib-name" -> library = text;
            case "lib-ver" -> libraryVersion = text;
            default ->
                    throw RefusedException.because(
                            "ERR Unrecognized option '" + attribute.toUtf8() + "'");
        }
        return Reply.OK;
    }

    private String describe(long nowNanos) {
        long ageSeconds = (nowNanos - openedNanos) / 1_000_000_000;
        return "id=%d addr=%s laddr=%s name=%s age=%d db=0 cmd=%s resp=%d lib-name=%s lib-ver=%s"
                .formatted(
                        id,
                        remote,
                        local,
                        name,
                        ageSeconds,
                        lastCommand,
                        protocol == Protocol.RESP3 ? 3 : 2,
                        library,
                        libraryVersion);
    }

    private static String checkName(Bytes wanted) throws RefusedException {
        return checkText(wanted, "Client names");
    }

    private static String checkText(Bytes wanted, String what) throws RefusedException {
        String text = wanted.toUtf8();
        if (wanted.length() > NAME_BYTES_MAX || text.chars().anyMatch(c -> c < '!' || c > '~')) {
            throw RefusedException.because(
                    "ERR " + what + " cannot contain spaces, newlines or special characters.");
        }
        return text;
    }

    static RefusedException noPasswords() {
        return RefusedException.because(
                "ERR AUTH <password> called without any password configured for the default user."
                        + " Are you sure your configuration is correct?");
    }

    static RefusedException unknownSubcommand(String command, Bytes name) {
        String shown = name.toUtf8();
        String start = shown.substring(0, Math.min(128, shown.length()));
        return RefusedException.because(
                "ERR unknown subcommand '" + start + "'. Try " + command + " HELP.");
    }
}
