package dev.quorate.kv.resp;

import dev.quorate.types.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// Splits a line that a person typed into arguments, as Redis does: at spaces, with single quotes
/// for raw and double quotes for escaped text.
final class InlineCommand {
    private final byte[] line;
    private final List<Bytes> arguments = new ArrayList<>();
    private int at;

    private InlineCommand(byte[] line) {
        this.line = line;
    }

    static List<Bytes> split(byte[] line) throws ProtocolException {
        InlineCommand command = new InlineCommand(line);
        command.run();
        return command.arguments;
    }

    private void run() throws ProtocolException {
        while (true) {
            while (at < line.length && isSpace(line[at])) {
                at++;
            }
            if (at == line.length) {
                return;
            }
            arguments.add(argument());
        }
    }

    private Bytes argument() throws ProtocolException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (at < line.length && !isSpace(line[at])) {
            byte next = line[at++];
            if (next == '"' || next == '\'') {
                quoted(next, out);
                // a closing quote ends the argument
                if (at < line.length && !isSpace(line[at])) {
                    throw unbalanced();
                }
                break;
            }
            out.write(next);
        }
        return Bytes.wrap(out.toByteArray());
    }

    private void quoted(byte quote, ByteArrayOutputStream out) throws ProtocolException {
        while (at < line.length) {
            byte next = line[at++];
            if (next == quote) {
                return;
            }
            boolean escapes = next == '\\' && at < line.length;
            if (escapes && quote == '"') {
                escaped(out);
            } else if (escapes && line[at] == '\'') {
                out.write(line[at++]);
            } else {
                out.write(next);
            }
        }
        throw unbalanced();
    }

    private void escaped(ByteArrayOutputStream out) {
        byte next = line[at++];
        if (next == 'x' && at + 1 < line.length && hex(line[at]) >= 0 && hex(line[at + 1]) >= 0) {
            out.write(hex(line[at]) * 16 + hex(line[at + 1]));
            at += 2;
            return;
        }
        out.write(
                switch (next) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case 'b' -> '\b';
                    case 'a' -> 7;
                    default -> next;
                });
    }

    private static int hex(byte digit) {
        return Character.digit(digit, 16);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r') || b == 0;
    }

    private static ProtocolException unbalanced() {
        return new ProtocolException("unbalanced quotes in request");
    }
}
