package dev.quorate.transport;

import java.security.cert.CertificateException;

/// A refusal: a code for the program and a sentence for a person.
///
/// A [CertificateException] so that a trust manager may throw it.
final class Refused extends CertificateException {
    private static final long serialVersionUID = 1;

    private final RefusalCode code;

    Refused(RefusalCode code, String sentence) {
        super(sentence);
        this.code = code;
    }

    RefusalCode code() {
        return code;
    }

    /// What to do about it, in a sentence.
    String sentence() {
        return String.valueOf(getMessage());
    }
}
