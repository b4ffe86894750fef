/**
 * Measuring compiled models, alone and against another program that runs the same model in the same
 * process. Start at {@link dev.nncc.compiler.peer.Stopwatch}. The other program is no dependency:
 * it is fetched when someone asks for the comparison.
 */
@NullMarked
package dev.nncc.compiler.peer;

import org.jspecify.annotations.NullMarked;
