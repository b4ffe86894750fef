/**
 * Access to the files of a model, whatever its format: mapped, told from text, hashed, and only
 * within its folder. Start at {@link dev.nncc.frontend.files.MappedFiles}.
 */
@NullMarked
package dev.nncc.frontend.files;

import org.jspecify.annotations.NullMarked;
