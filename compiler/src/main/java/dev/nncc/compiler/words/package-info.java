/**
 * Options as users write them, in the words that the command line and build tools share: {@link
 * dev.nncc.compiler.words.ImportWords} and {@link dev.nncc.compiler.ByteCount}. What cannot be read
 * is a {@link dev.nncc.compiler.CompileException} that shows how to write it.
 */
@NullMarked
package dev.nncc.compiler.words;

import org.jspecify.annotations.NullMarked;
