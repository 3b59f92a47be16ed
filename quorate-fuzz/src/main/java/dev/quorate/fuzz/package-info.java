/// Feeds decoders with what nobody expects; used by the tests of every module that reads bytes from
/// outside. Start at [FuzzTarget], then [Fuzzer]. Depends on nothing but the JDK.
@NullMarked
package dev.quorate.fuzz;

import org.jspecify.annotations.NullMarked;
