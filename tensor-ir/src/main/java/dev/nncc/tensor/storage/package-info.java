/**
 * Where values lie: layouts, borders, views and the allocations behind them. Start at {@link
 * dev.nncc.tensor.storage.Storage}; {@code Placement} decides for a whole graph. Operators never
 * see any of this: they read and write by logical index.
 */
@NullMarked
package dev.nncc.tensor.storage;

import org.jspecify.annotations.NullMarked;
