package dev.quorate.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// How many may belong to a group.
class ConfigurationTest {
    @Test
    void theLargestFitsItsBytesAndComesBack() {
        Configuration largest =
                new Configuration(
                        members(1, 16), members(16, 16), members(32, Configuration.LEARNERS_MAX));

        assertThat(largest.encode().length())
                .isEqualTo(largest.encodedBytes())
                .isEqualTo(Configuration.ENCODED_BYTES_MAX);
        assertThat(Configuration.decode(largest.encode())).isEqualTo(largest);
    }

    @Test
    void moreAreRefused() {
        assertThatThrownBy(() ->
                        new Configuration(
                                members(1, 1),
                                List.of(),
                                members(2, Configuration.LEARNERS_MAX + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("161 learners");
        assertThatThrownBy(() -> Configuration.of(members(1, Configuration.MEMBERS_MAX + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        new Configuration(
                                members(1, 17),
                                members(17, 16),
                                members(33, Configuration.LEARNERS_MAX)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("193 members");
    }

    private static List<Member> members(long first, int count) {
        return LongStream.range(first, first + count)
                .mapToObj(id -> new Member(new NodeId(id), new ReplicaId(id)))
                .toList();
    }
}
