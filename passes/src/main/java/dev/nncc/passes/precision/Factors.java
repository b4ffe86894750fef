package dev.nncc.passes.precision;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.RecurrentOp;
import dev.nncc.passes.Precision;
import java.util.List;

/**
 * Which factors of a node are stored in fewer bits.
 *
 * @param computed the operands that are computed
 * @param weights the operands that are weights
 */
record Factors(List<Integer> computed, List<Integer> weights) {
  static final Factors NONE = new Factors(List.of(), List.of());

  /** Both factors of a product in attention. */
  static final Factors BOTH = new Factors(List.of(0, 1), List.of());

  private static final List<Integer> SECOND = List.of(1);

  private Factors(boolean left, List<Integer> weights) {
    this(left ? List.of(0) : List.of(), weights);
  }

  /** Of the input and of the state. */
  private static final List<Integer> RECURRENT = List.of(1, 2);

  /** Columns or channels that a left factor is used for, so that its rounding pays. */
  private static final long FEWEST_USES = 16;

  /** Channels lie in blocks of that many. */
  private static final long BLOCK = 16;

  static Factors of(Graph graph, Node n, Precision p) {
    if (n.operands().size() < 2
        || n.operand(0).dtype() != DType.F32
        || graph.constant(n.operand(1)).isEmpty()) {
      return NONE;
    }
    boolean rounds = p.activations() != DType.F32 && graph.constant(n.operand(0)).isEmpty();
    if (n.op() instanceof MatMul m) {
      return product(n, m, rounds);
    }
    if (n.op() instanceof RecurrentOp) {
      return recurrent(graph, n, rounds);
    }
    return n.op() instanceof Conv c ? convolution(n, c, rounds) : NONE;
  }

  private static Factors product(Node n, MatMul m, boolean rounds) {
    Value a = n.operand(0);
    Value b = n.operand(1);
    if (b.shape().rank() != 2) {
      return NONE;
    }
    long depth = b.shape().dim(m.transposeB() ? 1 : 0);
    long columns = b.shape().dim(m.transposeB() ? 0 : 1);
    // Pairs of neighbours along the depth.
    boolean paired = !m.transposeA() && depth % 2 == 0 && a.shape().rank() >= 2;
    return new Factors(rounds && paired && columns >= FEWEST_USES, SECOND);
  }

  /** The state stays as it is: its product waits for the weights to come from memory. */
  private static Factors recurrent(Graph graph, Node n, boolean rounds) {
    if (graph.constant(n.operand(2)).isEmpty()) {
      return NONE;
    }
    boolean paired = n.operand(1).shape().dim(2) % 2 == 0;
    boolean pays = n.operand(1).shape().dim(1) >= FEWEST_USES;
    return new Factors(rounds && paired && pays, RECURRENT);
  }

  /** Channels are multiplied in pairs, so they must lie in blocks; depthwise has none to pair. */
  private static Factors convolution(Node n, Conv c, boolean rounds) {
    long in = n.operand(1).shape().dim(1);
    long out = n.operand(1).shape().dim(0) / c.groups();
    if (in == 1 && c.groups() > 1) {
      return NONE;
    }
    boolean blocks = c.groups() == 1 ? in >= BLOCK : in % BLOCK == 0 && out % BLOCK == 0;
    return new Factors(rounds && blocks && out >= FEWEST_USES, SECOND);
  }
}
