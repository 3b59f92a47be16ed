package dev.quorate.kv.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.kv.KvServer;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every data command answers as Redis does: each line is a story for one connection, "command ->
/// reply" separated by " ; ". Keys share the slot of `{t}`.
class DataCommandsTest {
    private static final String[] STORIES = {
        "GET {t}a -> (nil) ; SET {t}a 1 -> +OK ; GET {t}a -> 1 ; STRLEN {t}a -> :1 ; TYPE {t}a ->"
                + " +string ; TYPE {t}x -> +none",
        "SET {t}a 1 NX -> +OK ; SET {t}a 2 NX -> (nil) ; SET {t}a 3 XX -> +OK ; SET {t}b 1 XX ->"
                + " (nil) ; GET {t}a -> 3",
        "SET {t}a 1 GET -> (nil) ; SET {t}a 2 GET -> 1 ; SET {t}a 3 NX GET -> 2 ; GET {t}a -> 2",
        "SET {t}a 1 NX XX -> -ERR syntax error ; SET {t}a 1 EX -> -ERR syntax error ; SET {t}a 1 EX"
            + " 1 PX 1 -> -ERR syntax error ; SET {t}a 1 KEEPTTL EX 1 -> -ERR syntax error ; SET"
            + " {t}a 1 foo -> -ERR syntax error",
        "SET {t}a 1 EX 0 -> -ERR invalid expire time in 'set' command ; SET {t}a 1 PX -1 -> -ERR"
            + " invalid expire time in 'set' command ; SET {t}a 1 EX 9223372036854775807 -> -ERR"
            + " invalid expire time in 'set' command ; SET {t}a 1 EX x -> -ERR value is not an"
            + " integer or out of range",
        "SET {t}a 1 EX 100 -> +OK ; TTL {t}a -> :100 ; SET {t}a 2 KEEPTTL -> +OK ; TTL {t}a -> :100"
                + " ; SET {t}a 3 -> +OK ; TTL {t}a -> :-1 ; TTL {t}x -> :-2 ; PTTL {t}x -> :-2",
        "SET {t}a 1 PXAT 1900000000123 -> +OK ; PEXPIRETIME {t}a -> :1900000000123 ; EXPIRETIME"
            + " {t}a -> :1900000000 ; PERSIST {t}a -> :1 ; PERSIST {t}a -> :0 ; EXPIRETIME {t}a ->"
            + " :-1 ; EXPIRETIME {t}x -> :-2",
        "SET {t}a 1 EXAT 5 -> +OK ; EXISTS {t}a -> :0",
        "SETEX {t}a 10 v -> +OK ; TTL {t}a -> :10 ; PSETEX {t}a 20000 w -> +OK ; TTL {t}a -> :20 ;"
            + " SETEX {t}a 0 v -> -ERR invalid expire time in 'setex' command ; PSETEX {t}a -1 v ->"
            + " -ERR invalid expire time in 'psetex' command",
        "SETNX {t}a 1 -> :1 ; SETNX {t}a 2 -> :0 ; GETSET {t}a 3 -> 1 ; GETSET {t}b 1 -> (nil) ;"
                + " GETDEL {t}a -> 3 ; GETDEL {t}a -> (nil)",
        "MSET {t}a 1 {t}b 2 -> +OK ; MGET {t}a {t}x {t}b -> [1, (nil), 2] ; EXISTS {t}a {t}a {t}x"
                + " -> :2 ; DEL {t}a {t}b {t}x -> :2 ; UNLINK {t}a -> :0 ; TOUCH {t}a -> :0",
        "MSET {t}a 1 {t}b -> -ERR wrong number of arguments for 'mset' command ; MSETNX {t}a 1 {t}b"
                + " 2 -> :1 ; MSETNX {t}b 1 {t}c 2 -> :0 ; EXISTS {t}c -> :0",
        "INCR {t}n -> :1 ; INCRBY {t}n 41 -> :42 ; DECR {t}n -> :41 ; DECRBY {t}n 42 -> :-1 ; GET"
                + " {t}n -> -1",
        "SET {t}n 9223372036854775807 -> +OK ; INCR {t}n -> -ERR increment or decrement would"
            + " overflow ; SET {t}n x -> +OK ; INCR {t}n -> -ERR value is not an integer or out of"
            + " range ; INCRBY {t}n 1.5 -> -ERR value is not an integer or out of range ; DECRBY"
            + " {t}n -9223372036854775808 -> -ERR decrement would overflow",
        "SET {t}n 1 EX 50 -> +OK ; INCR {t}n -> :2 ; TTL {t}n -> :50 ; APPEND {t}n 3 -> :2 ; TTL"
                + " {t}n -> :50 ; GET {t}n -> 23",
        "APPEND {t}a ab -> :2 ; APPEND {t}a cd -> :4 ; GETRANGE {t}a 1 2 -> bc ; GETRANGE {t}a -2"
            + " -1 -> cd ; GETRANGE {t}a 0 99 -> abcd ; GETRANGE {t}a 3 1 ->  ; SUBSTR {t}a 0 0 ->"
            + " a ; GETRANGE {t}x 0 -1 -> ",
        "EXPIRE {t}x 10 -> :0 ; SET {t}a 1 -> +OK ; EXPIRE {t}a 10 XX -> :0 ; EXPIRE {t}a 10 GT ->"
            + " :0 ; EXPIRE {t}a 10 NX -> :1 ; EXPIRE {t}a 20 NX -> :0 ; EXPIRE {t}a 5 GT -> :0 ;"
            + " EXPIRE {t}a 20 GT -> :1 ; EXPIRE {t}a 30 LT -> :0 ; EXPIRE {t}a 5 XX LT -> :1 ; TTL"
            + " {t}a -> :5",
        "EXPIRE {t}a 1 NX XX -> -ERR NX and XX, GT or LT options at the same time are not"
            + " compatible ; EXPIRE {t}a 1 GT LT -> -ERR GT and LT options at the same time are not"
            + " compatible ; EXPIRE {t}a 1 foo -> -ERR Unsupported option foo ; EXPIRE {t}a x ->"
            + " -ERR value is not an integer or out of range ; EXPIRE {t}a 9223372036854775807 ->"
            + " -ERR invalid expire time in 'expire' command",
        "SET {t}a 1 -> +OK ; PEXPIRE {t}a 5000 -> :1 ; TTL {t}a -> :5 ; PEXPIREAT {t}a"
            + " 1900000000000 -> :1 ; EXPIRETIME {t}a -> :1900000000 ; EXPIREAT {t}a 1 -> :1 ; GET"
            + " {t}a -> (nil)",
        "SET {t}a 1 -> +OK ; GETEX {t}a -> 1 ; GETEX {t}a EX 10 -> 1 ; TTL {t}a -> :10 ; GETEX {t}a"
                + " PERSIST -> 1 ; TTL {t}a -> :-1 ; GETEX {t}a EX 1 PERSIST -> -ERR syntax error ;"
                + " GETEX {t}x EX 1 -> (nil)",
        "GET -> -ERR wrong number of arguments for 'get' command ; GET a b -> -ERR wrong number of"
                + " arguments for 'get' command ; set a -> -ERR wrong number of arguments for 'set'"
                + " command",
        "FOO a b -> -ERR unknown command 'FOO', with args beginning with: 'a' 'b' ; SET a{x} 1 ->"
            + " +OK ; MGET a b -> -CROSSSLOT Keys in request don't hash to the same slot ; DEL a b"
            + " -> -CROSSSLOT Keys in request don't hash to the same slot",
    };

    @TestFactory
    Stream<DynamicTest> everyStoryGoesAsInRedis() {
        return Stream.of(STORIES).map(story -> DynamicTest.dynamicTest(story, () -> play(story)));
    }

    private static void play(String story) throws Exception {
        try (FakeCluster cluster = new FakeCluster();
                KvServer server = KvServer.start(cluster, KvServerOptions.at("127.0.0.1", 0));
                Client client = new Client(server.address())) {
            for (String step : story.split(" ; ", -1)) {
                String[] parts = step.split(" -> ", -1);
                assertThat(client.call(parts[0])).as(step).isEqualTo(parts[1]);
            }
        }
    }

    @Test
    void keysExpireWithTheLogAndAreCounted() throws Exception {
        try (FakeCluster cluster = new FakeCluster();
                KvServer server = KvServer.start(cluster, KvServerOptions.at("127.0.0.1", 0));
                Client client = new Client(server.address())) {
            client.call("SET a 1 EX 10");
            client.call("SET b 1");
            client.call("SET c 1");
            assertThat(client.call("DBSIZE")).isEqualTo(":3");

            cluster.tickAfter(Duration.ofSeconds(11));

            assertThat(client.call("GET a")).isEqualTo("(nil)");
            assertThat(client.call("DBSIZE")).isEqualTo(":2");
            assertThat(client.call("INFO keyspace")).contains("db0:keys=2,");
        }
    }

    @Test
    void tooLargeKeysAndValuesAreRefusedAndTheConnectionGoesOn() throws Exception {
        try (FakeCluster cluster = new FakeCluster();
                KvServer server =
                        KvServer.start(
                                cluster,
                                KvServerOptions.at("127.0.0.1", 0).withBytesMax(300_000, 100_000));
                Client client = new Client(server.address())) {
            assertThat(client.call("SET a " + "x".repeat(100_000))).isEqualTo("+OK");
            assertThat(client.call("SET a " + "x".repeat(100_001)))
                    .isEqualTo("-ERR value exceeds 100000 bytes");
            assertThat(client.call("GET " + "x".repeat(65_537)))
                    .isEqualTo("-ERR key exceeds 65536 bytes");
            assertThat(client.call("APPEND a y"))
                    .isEqualTo("-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
            String big = "x".repeat(99_990);
            assertThat(client.call("MSET {t}1 " + big + " {t}2 " + big + " {t}3 " + big))
                    .isEqualTo("-ERR command exceeds 300000 bytes");
            assertThat(client.call("STRLEN a")).isEqualTo(":100000");
        }
    }
}
