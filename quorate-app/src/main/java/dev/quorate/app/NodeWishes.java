package dev.quorate.app;

import dev.quorate.api.Outcome;
import dev.quorate.app.admin.AdminServer;
import dev.quorate.app.admin.WishReply;
import dev.quorate.node.Quorate;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Carries out on a node what operators ask for over the admin interface.
final class NodeWishes implements AdminServer.Wishes {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final Quorate quorate;

    NodeWishes(Quorate quorate) {
        this.quorate = quorate;
    }

    @Override
    public WishReply transfer(long group, @Nullable Long target) {
        NodeId wanted = target == null ? null : new NodeId(target);
        Outcome outcome = quorate.group(new GroupId(group)).transfer(wanted, LIMIT).join();
        return switch (outcome) {
            case Outcome.Applied _ -> WishReply.done("another node leads group " + group);
            case Outcome.Rejected refused ->
                    WishReply.refused(refused.code().name(), refused.sentence());
            case Outcome.Unknown(String sentence) -> WishReply.unknown(sentence);
        };
    }
}
