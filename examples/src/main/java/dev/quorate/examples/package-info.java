/// Small programs that show the embedding API.
@NullMarked
package dev.quorate.examples;

import org.jspecify.annotations.NullMarked;
