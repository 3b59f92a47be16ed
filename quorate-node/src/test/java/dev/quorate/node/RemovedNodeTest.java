package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.node.Membership.Care;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node that its cluster gives up while nobody can tell it, over real links and files.
class RemovedNodeTest {
    private static final GroupId GROUP = new GroupId(1);
    private static final NodeId THIRD = new NodeId(3);

    @TempDir Path directory;

    @Test
    void whoComesBackAfterItWasGivenUpIsToldSaysSoAndNeverStartsAgain() throws Exception {
        try (Trio trio = new Trio(directory, Map.of())) {
            // given three nodes, one of which is given up while it is down
            trio.startAll();
            trio.write(1, GROUP, "key=before");
            trio.stop(3);
            Membership membership = trio.node(1).membership();
            Trio.patiently()
                    .ignoreException(MembershipRefused.class)
                    .until(
                            () -> {
                                membership.remove(THIRD, "burnt", Care.SAFE);
                                return true;
                            },
                            Boolean::booleanValue);
            // and no second one, although whoever asks has not looked
            assertThatThrownBy(() -> membership.remove(new NodeId(2), "burnt", Care.SAFE))
                    .isInstanceOf(MembershipRefused.class);

            // when it comes back, and knows nothing of that
            trio.begin(3);

            // then it ends, and says why
            Quorate third = trio.node(3);
            Lifecycle last = third.ended().get(2, TimeUnit.MINUTES);
            assertThat(last)
                    .isInstanceOfSatisfying(
                            Lifecycle.Removed.class,
                            removed -> assertThat(removed.why()).contains("was revoked: burnt"));
            assertThat(third.lifecycle()).isEqualTo(last);
            assertThatThrownBy(() -> trio.begin(3))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("belongs to it no more")
                    .hasMessageContaining("was revoked: burnt");

            // and the others go on
            assertThat(trio.read(2, GROUP, "key")).isEqualTo("before");
        }
    }
}
