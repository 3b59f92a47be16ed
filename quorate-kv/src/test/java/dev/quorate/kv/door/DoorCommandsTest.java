package dev.quorate.kv.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.kv.KvServer;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What clients say to a server rather than to its data.
class DoorCommandsTest {
    private static final String ID = "0000000000abcdef00000000";

    private final FakeCluster cluster = new FakeCluster();
    private KvServer server;
    private Client client;

    @BeforeEach
    void open() throws IOException {
        server = KvServer.start(cluster, KvServerOptions.at("127.0.0.1", 0));
        client = new Client(server.address());
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.close();
        cluster.close();
    }

    @Test
    void greetingsChooseTheProtocol() throws IOException {
        assertThat(client.call("HELLO")).startsWith("[server, redis, version, 7.4.0, proto, :2,");
        assertThat(client.call("HELLO 4")).isEqualTo("-NOPROTO unsupported protocol version");
        assertThat(client.call("HELLO x"))
                .isEqualTo("-ERR Protocol version is not an integer or out of range");
        assertThat(client.call("GET a")).isEqualTo("(nil)");
        assertThat(client.call("HELLO 3 SETNAME me"))
                .startsWith("%[server, redis,")
                .contains("proto, :3")
                .contains("mode, cluster");
        assertThat(client.call("GET a")).isEqualTo("(null)");
        assertThat(client.call("CLIENT GETNAME")).isEqualTo("me");
        assertThat(client.call("HELLO 3 AUTH u p")).startsWith("-ERR AUTH <password> called");
        assertThat(client.call("HELLO 2 foo")).isEqualTo("-ERR Syntax error in HELLO option 'foo'");
        assertThat(client.call("RESET")).isEqualTo("+RESET");
        assertThat(client.call("GET a")).isEqualTo("(nil)");
        assertThat(client.call("CLIENT GETNAME")).isEqualTo("(nil)");
    }

    @Test
    void aReplyIsInTheProtocolThatItsRequestWasSentIn() throws IOException {
        client.raw(
                Client.encode("GET", "a")
                        + Client.encode("HELLO", "3")
                        + Client.encode("GET", "a"));
        assertThat(client.read()).isEqualTo("(nil)");
        assertThat(client.read()).startsWith("%[");
        assertThat(client.read()).isEqualTo("(null)");
    }

    @Test
    void smallTalkIsAnswered() throws IOException {
        assertThat(client.call("PING")).isEqualTo("+PONG");
        assertThat(client.call("PING hi")).isEqualTo("hi");
        assertThat(client.call("PING a b")).startsWith("-ERR wrong number of arguments for 'ping'");
        assertThat(client.call("ECHO hi")).isEqualTo("hi");
        assertThat(client.call("SELECT 0")).isEqualTo("+OK");
        assertThat(client.call("SELECT 1")).isEqualTo("-ERR SELECT is not allowed in cluster mode");
        assertThat(client.call("ASKING")).isEqualTo("+OK");
        assertThat(client.call("DEBUG SLEEP 1")).startsWith("-ERR DEBUG");
        assertThat(client.call("AUTH x")).startsWith("-ERR AUTH <password> called");
        client.raw("  ping \r\n");
        assertThat(client.read()).isEqualTo("+PONG");
    }

    @Test
    void clientsMayIntroduceThemselves() throws IOException {
        assertThat(client.call("CLIENT SETINFO LIB-NAME jedis")).isEqualTo("+OK");
        assertThat(client.call("CLIENT SETINFO lib-ver 6")).isEqualTo("+OK");
        assertThat(client.call("CLIENT SETNAME n1")).isEqualTo("+OK");
        assertThat(client.call("CLIENT ID")).isEqualTo(":1");
        assertThat(client.call("CLIENT INFO"))
                .contains("id=1 addr=127.0.0.1:")
                .contains("name=n1")
                .contains("lib-name=jedis lib-ver=6");
        assertThat(client.call("CLIENT NO-EVICT ON")).isEqualTo("+OK");
        assertThat(client.call("CLIENT SETINFO foo x")).startsWith("-ERR Unrecognized option");
        assertThat(client.call("CLIENT FOO"))
                .isEqualTo("-ERR unknown subcommand 'FOO'. Try CLIENT HELP.");
        assertThat(client.call("CLIENT SETNAME"))
                .isEqualTo("-ERR wrong number of arguments for 'client|setname' command");
    }

    @Test
    void theConfigurationIsShownByPattern() throws IOException {
        assertThat(client.call("CONFIG GET save")).isEqualTo("[save, ]");
        assertThat(client.call("CONFIG GET append*")).isEqualTo("[appendonly, yes]");
        assertThat(client.call("CONFIG GET m?xmemory data*"))
                .isEqualTo("[databases, 1, maxmemory, 0]");
        assertThat(client.call("CONFIG GET nothing")).isEqualTo("[]");
        assertThat(client.call("CONFIG SET save x")).startsWith("-ERR");
    }

    @Test
    void infoTellsRealNumbers() throws IOException {
        client.call("SET a 1");
        client.call("GET a");
        String info = client.call("INFO");
        assertThat(info)
                .contains("# Server\r\nredis_version:7.4.0\r\n")
                .contains("redis_mode:cluster")
                .contains("tcp_port:" + server.address().getPort())
                .contains("connected_clients:1")
                .contains("total_writes_processed:1")
                .contains("total_reads_processed:1")
                .contains("role:master\r\nconnected_slaves:2")
                .contains("cluster_enabled:1")
                .contains("db0:keys=1,");
        assertThat(client.call("INFO clients")).startsWith("# Clients").doesNotContain("# Server");
    }

    @Test
    void theTopologyIsToldInEveryForm() throws IOException {
        // given two groups led here, one elsewhere, one nowhere
        cluster.leader(new GroupId(2), FakeCluster.OTHER);
        cluster.leader(new GroupId(4), null);
        int port = server.address().getPort();

        assertThat(client.call("CLUSTER MYID")).isEqualTo(ID + "0000000000000001").hasSize(40);
        assertThat(client.call("CLUSTER KEYSLOT foo")).isEqualTo(":12182");
        assertThat(client.call("CLUSTER SLOTS"))
                .startsWith(
                        "[[:0, :15, [127.0.0.1, :"
                                + port
                                + ", "
                                + ID
                                + "0000000000000001, []], [127.0.0.1, :7002, "
                                + ID
                                + "0000000000000002, []], [127.0.0.1, :7003,")
                .contains("[:16, :31, [127.0.0.1, :7002,")
                .doesNotContain("[:48, ");
        List<String> nodes = Arrays.asList(client.call("CLUSTER NODES").split("\n"));
        assertThat(nodes).hasSize(3);
        assertThat(nodes.get(0))
                .startsWith(
                        ID
                                + "0000000000000001 127.0.0.1:"
                                + port
                                + "@0 myself,master - 0 0 42 connected 0-15 32-47 64-79 ");
        assertThat(nodes.get(1))
                .startsWith(
                        ID + "0000000000000002 127.0.0.1:7002@0 master - 0 0 42 connected 16-31 ");
        assertThat(nodes.get(2))
                .isEqualTo(
                        ID
                                + "0000000000000003 127.0.0.1:7003@0 slave,fail? "
                                + ID
                                + "0000000000000001 0 0 42 disconnected");
        assertThat(client.call("CLUSTER SHARDS"))
                .startsWith("[[slots, [:0, :15, :32, :47,")
                .contains("role, master")
                .contains("role, replica")
                .contains("health, fail");
        assertThat(client.call("CLUSTER INFO")).contains("cluster_size:2\r\n");
        assertThat(client.call("CLUSTER RESET")).startsWith("-ERR the cluster arranges itself");
        assertThat(client.call("CLUSTER KEYSLOT"))
                .isEqualTo("-ERR wrong number of arguments for 'cluster|keyslot' command");
    }

    @Test
    void neighbouringRangesOfOneLeaderAreOne() throws IOException {
        assertThat(client.call("CLUSTER SLOTS")).startsWith("[[:0, :16383, [");
        assertThat(client.call("CLUSTER INFO")).startsWith("cluster_state:ok\r\n");
        assertThat(client.call("CLUSTER NODES")).contains(" connected 0-16383\n");
    }

    @Test
    void commandsAreDescribed() throws IOException {
        int count = new CommandTable().all().size();
        assertThat(client.call("COMMAND COUNT")).isEqualTo(":" + count);
        assertThat(client.call("COMMAND INFO get nothing"))
                .isEqualTo("[[get, :2, [+readonly, +fast], :1, :1, :1, [], [], [], []], (nil)]");
        assertThat(client.call("COMMAND")).startsWith("[[append, :3, ");
        assertThat(client.call("COMMAND DOCS get")).startsWith("[get, [summary, Answers the value");
        assertThat(client.call("COMMAND LIST")).contains("mset").contains("cluster");
        assertThat(client.call("COMMAND GETKEYS MSET a 1 b 2")).isEqualTo("[a, b]");
        assertThat(client.call("COMMAND GETKEYS PING"))
                .isEqualTo("-ERR The command has no key arguments");
    }

    @Test
    void everyCommandOfTheTableIsAnsweredBySomething() {
        Door door = new Door(cluster, KvServerOptions.at("127.0.0.1", 0), "127.0.0.1", 1);
        for (CommandSpec spec : new CommandTable().all()) {
            Session session = new Session(1, "", "", 0);
            List<Bytes> request = new ArrayList<>();
            request.add(Bytes.utf8(spec.name()));
            while (!spec.fits(request.size())) {
                request.add(Bytes.utf8("1"));
            }
            assertThat(door.plan(session, request)).as(spec.name()).isNotNull();
        }
    }
}
