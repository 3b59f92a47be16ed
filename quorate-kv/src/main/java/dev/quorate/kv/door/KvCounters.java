package dev.quorate.kv.door;

/// What a front door has done since it opened.
///
/// @param connections clients connected now
/// @param connectionsAccepted clients ever let in
/// @param connectionsRefused clients ever turned away because there were too many
/// @param commands requests read, good or bad
/// @param writes requests sent into a log
/// @param reads requests answered from a state
/// @param errors requests answered with an error other than `MOVED`
/// @param moved requests answered with `MOVED`
/// @param unknown writes whose outcome the client was not told, because nobody knows it
public record KvCounters(
        long connections,
        long connectionsAccepted,
        long connectionsRefused,
        long commands,
        long writes,
        long reads,
        long errors,
        long moved,
        long unknown,
        long bytesIn,
        long bytesOut) {}
