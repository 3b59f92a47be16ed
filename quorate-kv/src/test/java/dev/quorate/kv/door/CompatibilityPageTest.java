package dev.quorate.kv.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `docs/redis-compatibility.md` says what the command table says. `-Ddocs.rewrite` writes it.
class CompatibilityPageTest {
    private static final Path PAGE = Path.of("..", "docs", "redis-compatibility.md");

    @Test
    void thePageSaysWhatTheTableSays() throws IOException {
        if (System.getProperty("docs.rewrite") != null) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page());
        }
        assertThat(PAGE)
                .as("out of date: run the tests of quorate-kv once with -Ddocs.rewrite")
                .hasContent(page());
    }

    private static String page() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        TreeMap<String, List<CommandSpec>> groups =
                new CommandTable()
                        .all().stream()
                                .sorted(Comparator.comparing(CommandSpec::name))
                                .collect(
                                        Collectors.groupingBy(
                                                CommandSpec::group,
                                                TreeMap::new,
                                                Collectors.toList()));
        groups.forEach((group, specs) -> {
            page.append("\n### ").append(group).append("\n\n");
            page.append("| command | what it does | different here |\n|---|---|---|\n");
            for (CommandSpec spec : specs) {
                page.append("| `").append(spec.name().toUpperCase(Locale.ROOT));
                page.append("` | ").append(spec.summary()).append(" | ");
                page.append(spec.difference()).append(" |\n");
            }
        });
        return page.toString();
    }

    private static final String INTRODUCTION =
            """
            # Redis compatibility

            <!-- Generated from the command table. Run the tests of quorate-kv with -Ddocs.rewrite. -->

            Every node speaks RESP2 and RESP3 and the Redis Cluster protocol, so cluster clients work
            unchanged.

            ## Unlike Redis

            - A write is answered when a majority has it on disk. No acknowledged write is lost.
            - Reads are linearizable. After `READONLY` a replica answers, by default with what is at most
              10 seconds old (measured by the nodes' wall clocks; one that lags more asks the leader
              first). `redis.readonly` chooses another age, or `linearizable` (the replica asks the
              leader how far it must be), `lease` or `local` (whatever it has).
            - Commands of one connection on one vShard (16 neighbouring slots) take effect in the order
              sent; commands on different vShards of one pipeline may run at the same time. Answers
              come in order always.
            - `MOVED`, `TRYAGAIN` and `CLUSTERDOWN` mean that the command was not and will not be carried
              out. When that cannot be said, the error begins with `UNKNOWN`: the command may or may not
              take effect, so a client must decide itself whether to repeat it.
            - Keys expire by the log's time, at the same place of the log on every replica. A key whose
              time has come stays visible until the log says so, usually some milliseconds.
            - There is no `ASK`: slots are not moved key by key.
            - A node that leads no slots appears as a replica of one of the leaders it follows; most
              nodes lead some slots and follow for others, and appear as masters only.
            - Keys are limited to 64 KiB, values to 1 MiB, requests to 4 MiB and the answer to `MGET` to
              16 MiB by default. Strings are the only type.
            - There are no passwords: the door listens on loopback unless told otherwise.

            ## Commands
            """;
}
