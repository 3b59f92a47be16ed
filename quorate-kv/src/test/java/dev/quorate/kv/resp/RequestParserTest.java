package dev.quorate.kv.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests are found in bytes however these arrive, and bad bytes end the connection only.
class RequestParserTest {
    private static final int ARGUMENTS_MAX = 8;
    private static final int BYTES_MAX = 100;
    private static final String GOOD =
            "*2|$3|GET|$1|a|*0|PING||*3|$3|SET|$0||$2|||".replace("|", "\r\n");

    @Test
    void requestsAreFoundHoweverTheBytesAreCut() throws ProtocolException {
        for (int cut = 0; cut <= GOOD.length(); cut++) {
            RequestParser parser = new RequestParser(ARGUMENTS_MAX, BYTES_MAX);
            ByteBuf in = Unpooled.buffer();
            List<List<String>> found = new ArrayList<>();
            for (String part : List.of(GOOD.substring(0, cut), GOOD.substring(cut))) {
                in.writeCharSequence(part, StandardCharsets.ISO_8859_1);
                drain(parser, in, found);
            }
            assertThat(found)
                    .as("cut at %s", cut)
                    .containsExactly(
                            List.of("GET", "a"),
                            List.of(),
                            List.of("PING"),
                            List.of(),
                            List.of("SET", "", "\r\n"));
            assertThat(parser.idle()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "*9, invalid multibulk length",
        "*x, invalid multibulk length",
        "*1048577, invalid multibulk length",
        "*1|$-1, invalid bulk length",
        "*1|$101, invalid bulk length",
        "*2|$60|012345678901234567890123456789012345678901234567890123456789|$41, invalid bulk"
                + " length",
        "*1|$x, invalid bulk length",
        "*1|:1, 'expected ''$'', got '':'''",
        "*1|GET, 'expected ''$'', got ''G'''",
        "'PING \"a', unbalanced quotes in request",
        "'PING ''a''b', unbalanced quotes in request",
    })
    void badRequestsAreRefusedInRedissWords(String lines, String detail) {
        RequestParser parser = new RequestParser(ARGUMENTS_MAX, BYTES_MAX);
        ByteBuf in =
                Unpooled.copiedBuffer(
                        lines.replace("|", "\r\n") + "\r\n", StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> parser.next(in))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("ERR Protocol error: " + detail);
    }

    @Test
    void linesWithoutAnEndAreRefused() {
        for (String start : List.of("*", "*1\r\n$", "x")) {
            RequestParser parser = new RequestParser(ARGUMENTS_MAX, BYTES_MAX);
            ByteBuf in =
                    Unpooled.copiedBuffer(start + "1".repeat(70_000), StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> parser.next(in)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void inlineCommandsAreSplitAsAShellWould() throws ProtocolException {
        RequestParser parser = new RequestParser(ARGUMENTS_MAX, BYTES_MAX);
        ByteBuf in =
                Unpooled.copiedBuffer(
                        "  set  'a b\\'' \"\\x41\\n\\\"\" \n", StandardCharsets.US_ASCII);
        List<List<String>> found = new ArrayList<>();
        drain(parser, in, found);
        assertThat(found).containsExactly(List.of("set", "a b'", "A\n\""));
    }

    @Test
    void mutatedBytesAreParsedOrRefusedButNothingElse() {
        for (long seed = 1; seed <= 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = GOOD.getBytes(StandardCharsets.ISO_8859_1);
            for (int i = random.nextInt(6); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            RequestParser parser = new RequestParser(ARGUMENTS_MAX, BYTES_MAX);
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            List<List<String>> found = new ArrayList<>();
            try {
                drain(parser, in, found);
            } catch (ProtocolException e) {
                assertThat(e).as("seed %s", seed).hasMessageStartingWith("ERR Protocol error: ");
            }
            assertThat(found.size()).as("seed %s", seed).isLessThan(bytes.length);
        }
    }

    private static void drain(RequestParser parser, ByteBuf in, List<List<String>> found)
            throws ProtocolException {
        List<Bytes> request = parser.next(in);
        while (request != null) {
            found.add(request.stream().map(Bytes::toUtf8).toList());
            request = parser.next(in);
        }
    }
}
