/**
 * How one value lies in memory: {@link dev.nncc.tensor.storage.Storage}. Operators never see it:
 * they read and write by logical index. Which storage a value gets is decided in {@code placement}.
 */
@NullMarked
package dev.nncc.tensor.storage;

import org.jspecify.annotations.NullMarked;
