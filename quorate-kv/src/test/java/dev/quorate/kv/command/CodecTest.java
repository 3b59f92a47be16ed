package dev.quorate.kv.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Bound;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Commands, queries and replies survive their bytes, and other bytes do no harm.
class CodecTest {
    private static final Bytes A = Bytes.utf8("a");
    private static final Bytes B = Bytes.utf8("b");

    private static final List<KvWrite> WRITES =
            List.of(
                    new KvWrite.Set(A, B, Condition.ALWAYS, Answer.OK, new Expiry.Never()),
                    new KvWrite.Set(
                            A, Bytes.EMPTY, Condition.IF_ABSENT, Answer.OLD, new Expiry.Keep()),
                    new KvWrite.Set(
                            A, B, Condition.IF_PRESENT, Answer.NUMBER, new Expiry.After(-5)),
                    new KvWrite.Delete(List.of(A, B)),
                    new KvWrite.Increment(A, Long.MIN_VALUE),
                    new KvWrite.Append(A, B, 17),
                    new KvWrite.SetMany(List.of(A, B), Condition.IF_ABSENT),
                    new KvWrite.TakeOut(A),
                    new KvWrite.GetAndExpire(A, new Expiry.At(Expiry.LAST_MICROS)),
                    new KvWrite.Expire(A, new Expiry.At(1), true, false, Bound.ANY),
                    new KvWrite.Expire(A, new Expiry.At(1), false, true, Bound.EARLIER),
                    new KvWrite.Persist(A));

    private static final List<KvQuery> QUERIES =
            List.of(
                    new KvQuery.Get(A),
                    new KvQuery.GetMany(List.of(A, B, A)),
                    new KvQuery.Exists(List.of(A)),
                    new KvQuery.Length(A),
                    new KvQuery.Range(A, -3, Long.MAX_VALUE),
                    new KvQuery.Type(A),
                    new KvQuery.ExpiryOf(A, KvQuery.Form.AT_MILLIS),
                    new KvQuery.Size());

    private static final Reply REPLY =
            Reply.list(
                    Reply.NIL,
                    Reply.OK,
                    new Reply.Failure("ERR no"),
                    new Reply.Int(-1),
                    Reply.text("x"),
                    Reply.map(Reply.text("k"), Reply.list()));

    @Test
    void whatIsEncodedIsDecoded() throws MalformedException {
        for (KvWrite write : WRITES) {
            assertThat(WriteCodec.decode(WriteCodec.encode(write))).isEqualTo(write);
        }
        for (KvQuery query : QUERIES) {
            assertThat(QueryCodec.decode(QueryCodec.encode(query))).isEqualTo(query);
        }
        assertThat(ReplyCodec.decode(ReplyCodec.encode(REPLY))).isEqualTo(REPLY);
    }

    @Test
    void theBytesOfAWriteDoNotChange() {
        KvWrite write =
                new KvWrite.Set(A, B, Condition.IF_ABSENT, Answer.OLD, new Expiry.After(258));
        assertThat(WriteCodec.encode(write).toByteArray())
                .containsExactly(
                        1, 1, 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b', 1, 1, 2, 0, 0, 0, 0, 0, 0, 1, 2);
    }

    @Test
    void truncatedAndPrologedBytesAreMalformed() {
        for (KvWrite write : WRITES) {
            byte[] whole = WriteCodec.encode(write).toByteArray();
            for (int length = 0; length < whole.length; length++) {
                Bytes part = Bytes.wrap(Arrays.copyOf(whole, length));
                assertThatThrownBy(() -> WriteCodec.decode(part))
                        .as("%s cut to %s", write, part.length())
                        .isInstanceOf(MalformedException.class);
            }
            Bytes longer = Bytes.wrap(Arrays.copyOf(whole, whole.length + 1));
            assertThatThrownBy(() -> WriteCodec.decode(longer))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void mutatedBytesAreDecodedOrMalformedButNothingElse() {
        List<Bytes> originals = new ArrayList<>();
        WRITES.forEach(write -> originals.add(WriteCodec.encode(write)));
        QUERIES.forEach(query -> originals.add(QueryCodec.encode(query)));
        originals.add(ReplyCodec.encode(REPLY));
        for (long seed = 1; seed <= 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = originals.get(random.nextInt(originals.size())).toByteArray();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Bytes mutant = Bytes.wrap(bytes);
            try {
                KvWrite write = WriteCodec.decode(mutant);
                assertThat(WriteCodec.encode(write)).as("seed %s", seed).isEqualTo(mutant);
            } catch (MalformedException e) {
                assertThat(e).as("seed %s", seed).hasMessageMatching("(?s).+");
            }
            try {
                KvQuery query = QueryCodec.decode(mutant);
                assertThat(QueryCodec.encode(query)).as("seed %s", seed).isEqualTo(mutant);
            } catch (MalformedException e) {
                assertThat(e).as("seed %s", seed).hasMessageMatching("(?s).+");
            }
            try {
                assertThat(ReplyCodec.decode(mutant)).as("seed %s", seed).isNotNull();
            } catch (MalformedException e) {
                assertThat(e).as("seed %s", seed).hasMessageMatching("(?s).+");
            }
        }
    }

    @Test
    void aReplyNestedWithoutEndIsMalformed() {
        byte[] deep = new byte[5 * 100_000];
        for (int i = 0; i < deep.length; i += 5) {
            deep[i] = 5;
            deep[i + 4] = 1;
        }
        assertThatThrownBy(() -> ReplyCodec.decode(Bytes.wrap(deep)))
                .isInstanceOf(MalformedException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "-1,-1",
        "10,10",
        "9223372036854775807,9223372036854775807",
        "-9223372036854775808,-9223372036854775808",
        "9223372036854775808,",
        "-9223372036854775809,",
        "01,",
        "-0,",
        "+1,",
        "-,",
        "1x,",
        "'',",
        "' 1',",
        "99999999999999999999,"
    })
    void numbersAreReadAsRedisReadsThem(String text, Long expected) {
        assertThat(Decimal.parse(Bytes.utf8(text)))
                .isEqualTo(expected == null ? OptionalLong.empty() : OptionalLong.of(expected));
    }
}
