package dev.quorate.fuzz;

import java.util.List;

/// Something that takes bytes from outside: what it may answer, what it may cost, and some bytes to
/// begin with. Usually a constant of an enum.
public interface FuzzTarget {
    /// Names it in findings, and its file of kept inputs.
    String name();

    /// Decodes, and checks what came out of it.
    ///
    /// @return something that differs where the input took another way, for example what kind of
    ///   message it was; numbers in it are ignored
    /// @throws Exception if the input is refused, see [#refuses]; anything else is a finding
    String run(byte[] input) throws Exception;

    /// Valid inputs.
    List<byte[]> seeds() throws Exception;

    /// Whether something thrown is how this target says no.
    boolean refuses(Throwable thrown);

    /// Most that decoding may allocate on the heap, in bytes.
    long allocationMax(int inputBytes);

    /// Fails as a finding unless the condition holds.
    static void require(boolean condition, String finding) {
        if (!condition) {
            throw new AssertionError(finding);
        }
    }
}
