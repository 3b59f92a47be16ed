package dev.quorate.storage;

import dev.quorate.core.LostReplica;
import java.util.List;

/// What turned out to be rotten while old segments were emptied (rule R5).
///
/// @param damages what cannot be read any more, whether or not anybody needed it
/// @param lost the replicas that did; their quarantine is to be committed (rule R7)
public record JournalRot(List<JournalDamage> damages, List<LostReplica> lost) {
    public JournalRot {
        damages = List.copyOf(damages);
        lost = List.copyOf(lost);
    }
}
