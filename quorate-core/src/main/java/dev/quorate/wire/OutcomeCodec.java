package dev.quorate.wire;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Applied;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Rejected;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.Outcome.Served;
import dev.quorate.api.Outcome.Unknown;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Outcomes as bytes. The numbers are spelled out so that reordering an enum cannot change them.
final class OutcomeCodec {
    private static final int APPLIED = 1;
    private static final int REJECTED = 2;
    private static final int UNKNOWN = 3;
    private static final int SENTENCE_CHARS_MAX = 1024;

    /// Longest outcome without a result; a character takes up to three bytes.
    static final int BYTES_MAX = 1 + 2 + 8 + 4 + 3 * SENTENCE_CHARS_MAX;

    private OutcomeCodec() {}

    static int encodedBytes(Outcome outcome) {
        return switch (outcome) {
            case Applied(_, _, _, Bytes result) -> 1 + 16 + 8 + 1 + 4 + result.length();
            case Rejected(_, _, _, String sentence) -> 1 + 2 + 8 + 4 + clip(sentence).length();
            case Unknown(String sentence) -> 1 + 4 + clip(sentence).length();
        };
    }

    static void encode(Outcome outcome, ByteBuffer target) {
        switch (outcome) {
            case Applied(var at, long stampMicros, Served served, Bytes result) -> {
                target.put((byte) APPLIED).putLong(at.term()).putLong(at.index());
                target.putLong(stampMicros).put(number(served));
                put(result, target);
            }
            case Rejected(Code code, Retry retry, NodeId leader, String sentence) -> {
                target.put((byte) REJECTED).put(number(code)).put(number(retry));
                target.putLong(leader == null ? 0 : leader.value());
                put(clip(sentence), target);
            }
            case Unknown(String sentence) -> {
                target.put((byte) UNKNOWN);
                put(clip(sentence), target);
            }
        }
    }

    static Outcome decode(FrameReader in) {
        int tag = in.u8("outcome");
        return switch (tag) {
            case APPLIED ->
                    new Applied(
                            in.position("position"),
                            in.i64("stamp"),
                            served(in.u8("served")),
                            in.bytes("result"));
            case REJECTED ->
                    new Rejected(
                            code(in.u8("code")),
                            retry(in.u8("retry")),
                            leader(in.u63("leader")),
                            in.bytes("sentence").toUtf8());
            case UNKNOWN -> new Unknown(in.bytes("sentence").toUtf8());
            default -> throw new MalformedFrame("unknown outcome " + tag);
        };
    }

    private static @Nullable NodeId leader(long value) {
        return value == 0 ? null : new NodeId(value);
    }

    private static Bytes clip(String sentence) {
        return Bytes.utf8(
                sentence.length() <= SENTENCE_CHARS_MAX
                        ? sentence
                        : sentence.substring(0, SENTENCE_CHARS_MAX));
    }

    private static void put(Bytes bytes, ByteBuffer target) {
        target.putInt(bytes.length());
        bytes.writeTo(target);
    }

    private static byte number(Code code) {
        return switch (code) {
            case NOT_LEADER -> 1;
            case NO_LEADER -> 2;
            case OVERLOADED -> 3;
            case INVALID -> 4;
            case NO_SUCH_GROUP -> 5;
            case TIMEOUT -> 6;
            case STOPPING -> 7;
            case REFUSED -> 8;
            case EXPIRED -> 9;
            case UNSUPPORTED -> 10;
            case QUERY_FAILED -> 11;
            case CHANGE_UNDER_WAY -> 12;
        };
    }

    /// A code of a later version is a refusal like others: its retry class and its sentence say
    /// what to do, and whoever waits must hear of it.
    private static Code code(int number) {
        for (Code code : Code.values()) {
            if (number(code) == number) {
                return code;
            }
        }
        return Code.REFUSED;
    }

    private static byte number(Served served) {
        return switch (served) {
            case WRITTEN -> 1;
            case REPEATED -> 2;
            case LINEARIZABLE -> 3;
            case LEASE -> 4;
            case BOUNDED -> 5;
            case LOCAL -> 6;
            case SNAPSHOT -> 7;
        };
    }

    private static Served served(int number) {
        for (Served served : Served.values()) {
            if (number(served) == number) {
                return served;
            }
        }
        throw new MalformedFrame("unknown kind of answer " + number);
    }

    private static byte number(Retry retry) {
        return switch (retry) {
            case NOW -> 1;
            case LATER -> 2;
            case REDIRECT -> 3;
            case NEVER -> 4;
        };
    }

    private static Retry retry(int number) {
        for (Retry retry : Retry.values()) {
            if (number(retry) == number) {
                return retry;
            }
        }
        throw new MalformedFrame("unknown retry class " + number);
    }
}
