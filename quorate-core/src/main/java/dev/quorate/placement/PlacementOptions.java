package dev.quorate.placement;

import dev.quorate.metadata.Founding;
import dev.quorate.metadata.GroupInfo;

/// How much placement may do at a time.
///
/// @param metadataMembersMax most members of group 0, 1..15
/// @param movesMax groups whose replicas may be on their way at one time, those begun before
///   included
/// @param arrivalsPerNodeMax replicas that may be on their way to one node at one time
public record PlacementOptions(int metadataMembersMax, int movesMax, int arrivalsPerNodeMax) {
    /// What to use unless there is a reason not to.
    public static final PlacementOptions DEFAULT =
            new PlacementOptions(Founding.METADATA_MEMBERS_MAX, 8, 2);

    public PlacementOptions {
        if (metadataMembersMax < 1
                || metadataMembersMax > GroupInfo.MEMBERS_MAX
                || movesMax < 1
                || arrivalsPerNodeMax < 1) {
            throw new IllegalArgumentException(
                    "placement needs room for at least one member, move and arrival");
        }
    }
}
