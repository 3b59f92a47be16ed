package dev.quorate.app.admin;

/// What became of an operator's wish.
///
/// @param code why it was refused, in one word; empty otherwise
/// @param sentence what happened, for people
public record WishReply(Result outcome, String code, String sentence) {
    /// How it ended.
    public enum Result {
        /// It has happened.
        DONE,
        /// It has not, and will not.
        REFUSED,
        /// It was begun, and may happen yet.
        UNKNOWN,
    }

    /// It has happened.
    public static WishReply done(String sentence) {
        return new WishReply(Result.DONE, "", sentence);
    }

    /// It has not, and will not.
    public static WishReply refused(String code, String sentence) {
        return new WishReply(Result.REFUSED, code, sentence);
    }

    /// It was begun, and may happen yet.
    public static WishReply unknown(String sentence) {
        return new WishReply(Result.UNKNOWN, "", sentence);
    }
}
