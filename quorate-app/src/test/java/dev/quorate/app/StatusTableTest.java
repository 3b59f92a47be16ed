package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.admin.ReportJson;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What people and scripts see of a cluster.
class StatusTableTest {
    private static final NodeReport REPORT =
            new NodeReport(
                    "0.1.0",
                    "00000000000000000000000000000abc",
                    1,
                    4711,
                    "Ready",
                    "groups without a leader: 2",
                    false,
                    12,
                    "127.0.0.1:7001",
                    "http://127.0.0.1:8081",
                    List.of(
                            new NodeReport.Node(
                                    1, "Active", "127.0.0.1:9001", "127.0.0.1:7001", true, "alive"),
                            new NodeReport.Node(
                                    2,
                                    "Active",
                                    "127.0.0.1:9002",
                                    "127.0.0.1:7002",
                                    false,
                                    "dead")),
                    List.of(
                            group(0, 1L, 3, List.of(1L, 2L), List.of()),
                            group(1, 1L, 2, List.of(1L), List.of(3L)),
                            group(2, null, 0, List.of(2L), List.of())),
                    Map.of("writes", 7L),
                    List.of(),
                    List.of(
                            new NodeReport.Link(
                                    2,
                                    false,
                                    "unreachable",
                                    0,
                                    1_500,
                                    10,
                                    1,
                                    20,
                                    2,
                                    3,
                                    4,
                                    5,
                                    6,
                                    1)));

    private static NodeReport.Group group(
            long id, @Nullable Long leader, long term, List<Long> voters, List<Long> learners) {
        return new NodeReport.Group(id, leader, term, voters, voters, learners, false);
    }

    @Test
    void tableShowsNodesAndWhichGroupsLackALeader() {
        assertThat(StatusTable.of(REPORT))
                .contains("cluster 00000000000000000000000000000abc  seen by node 1")
                .contains("not ready: groups without a leader: 2")
                .containsPattern("1 +alive +up +Active +2 +2 +127.0.0.1:7001 +127.0.0.1:9001\n")
                .containsPattern("2 +dead +down +Active +0 +2 +127.0.0.1:7002")
                .contains("groups: 2 with a leader, 1 without (2)\n")
                .contains("group 1: voters 1, learners 3\n")
                .containsPattern("2 +unreachable +1.50 +10 +20 +7 +6 +1\n")
                .doesNotContain("group 0: ");
    }

    @Test
    void aReportSurvivesTheWayThroughJson() throws IOException {
        String json = ReportJson.write(REPORT);

        assertThat(json).contains("\"cluster_id\"", "\"link_up\" : false", "\"leader\" : null");
        assertThat(ReportJson.read(json, NodeReport.class)).isEqualTo(REPORT);
    }
}
