package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Kernel;
import java.util.List;

/**
 * One kernel call of a region: the unscheduled kernel and what its arguments are, in the order of
 * {@code kernel.args()}.
 *
 * @param flops multiplications and additions of one call, for reports and chunking
 */
public record Phase(Kernel kernel, List<Argument> arguments, double flops) {
  public Phase {
    arguments = List.copyOf(arguments);
    if (arguments.size() != kernel.args().size()) {
      throw new IllegalArgumentException(kernel.name() + ": one argument for each buffer");
    }
  }
}
