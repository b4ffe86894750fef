package dev.nncc.tensor.lower;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Winograd;
import java.util.Optional;

/** What lowering may ask about the values of the graph. */
public interface LowerContext {
  /** Where a value lies; not for constants. */
  Storage storage(Value v);

  /** How a value lies that only the phases of one node know. */
  default Storage between(Value v) {
    return Storage.rowMajor(v.type());
  }

  /** Whether two values share their memory. */
  boolean sameAllocation(Value a, Value b);

  /** Whether no element of a value can be negative. */
  boolean nonNegative(Value v);

  /** Which convolutions are computed with fewer multiplications and larger rounding errors. */
  Winograd.Choice winograd();

  /** The tensor of a constant value. */
  Optional<Tensor> constant(Value v);
}
