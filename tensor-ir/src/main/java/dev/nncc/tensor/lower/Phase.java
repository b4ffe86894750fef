package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Kernel;
import java.util.List;

/**
 * One kernel call of a region: the unscheduled kernel and what its arguments are, in the order of
 * {@code kernel.args()}.
 *
 * @param flops multiplications and additions of one call, for reports and chunking
 * @param rounds neighbouring phases of a node with the same number of rounds, if that is more than
 *     one, are called in turn as often; the kernel's one dimension is the number of the round
 */
public record Phase(Kernel kernel, List<Argument> arguments, double flops, long rounds) {
  /** The dimension of a kernel that is called in rounds. */
  public static final String ROUND = "round";

  public Phase {
    arguments = List.copyOf(arguments);
    if (arguments.size() != kernel.args().size()) {
      throw new IllegalArgumentException(kernel.name() + ": one argument for each buffer");
    }
  }

  /** A phase that is called once. */
  public Phase(Kernel kernel, List<Argument> arguments, double flops) {
    this(kernel, arguments, flops, 1);
  }

  /** The same call of another kernel. */
  public Phase with(Kernel other) {
    return new Phase(other, arguments, flops, rounds);
  }

  /** The same call with its arguments elsewhere. */
  public Phase with(List<Argument> others) {
    return new Phase(kernel, others, flops, rounds);
  }
}
