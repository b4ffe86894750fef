/** The command line: reads arguments, calls the compiler's API, prints. */
@NullMarked
package dev.nncc.cli;

import org.jspecify.annotations.NullMarked;
