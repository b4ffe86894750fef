package dev.nncc.passes.fold;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.MatMul;
import java.util.BitSet;
import java.util.Optional;

/** Inputs and outputs of a contraction, one by one. */
final class Channels {
  /** Weights that are looked at; reading them makes them. */
  private static final long MOST_BYTES = 1 << 26;

  private final Contraction c;
  private final int inputs;
  private final int outputs;
  private final int groups;
  private final long run;

  /**
   * Whether outputs are the first axis of the weights, inputs the second, or the other way round.
   */
  private final boolean byOutput;

  private Channels(Contraction c) {
    this.c = c;
    this.inputs = c.inputs();
    this.outputs = c.outputs();
    this.groups = c.node().op() instanceof Conv conv ? conv.groups() : 1;
    this.run = c.run();
    this.byOutput = !(c.node().op() instanceof MatMul m) || m.transposeB();
  }

  /**
   * Empty where channels cannot be told apart simply: groups of one channel, transposed
   * convolutions, batches.
   */
  static Optional<Channels> of(Contraction c) {
    boolean plain =
        c.node().op() instanceof Conv conv && conv.groups() < c.inputs()
            || c.node().op() instanceof MatMul && c.weights().shape().rank() == 2;
    return plain && c.data() == 0 && c.inputs() > 1 && c.weights().type().bytes() <= MOST_BYTES
        ? Optional.of(new Channels(c))
        : Optional.empty();
  }

  int groups() {
    return groups;
  }

  /** Inputs that some weight is not zero of. */
  BitSet liveInputs() {
    return live(inputs, outputs, true);
  }

  /** Outputs that some weight is not zero of. */
  BitSet liveOutputs() {
    return live(outputs, inputs, false);
  }

  private BitSet live(int count, int others, boolean inputs) {
    Tensor.Elements e = c.weights().reader();
    BitSet live = new BitSet();
    for (int i = 0; i < count; i++) {
      boolean zero = true;
      int from = i / (count / groups) * (others / groups);
      for (int j = from; j < from + others / groups && zero; j++) {
        long at = inputs ? place(j, i) : place(i, j);
        for (long k = at; k < at + run && zero; k++) {
          zero = e.number(k) == 0;
        }
      }
      live.set(i, !zero);
    }
    return live;
  }

  private long place(int output, int input) {
    int each = inputs / groups;
    long place = byOutput ? (long) output * each + input % each : (long) input * outputs + output;
    return place * run;
  }

  /**
   * @param kept as many of each group
   */
  Tensor keepInputs(BitSet kept) {
    if (groups == 1) {
      return keep(c.weights(), byOutput ? 1 : 0, kept);
    }
    Dim left = Dim.of(kept.cardinality() / groups);
    TensorType type = c.weights().type().withShape(c.weights().shape().withDim(1, left));
    TensorBuilder b = new TensorBuilder(type);
    Tensor.Elements e = c.weights().reader();
    long at = 0;
    for (int o = 0; o < outputs; o++) {
      int from = o / (outputs / groups) * (inputs / groups);
      for (int i = from; i < from + inputs / groups; i++) {
        for (long k = 0; k < run && kept.get(i); k++) {
          b.set(at++, e.number(place(o, i) + k));
        }
      }
    }
    return b.build();
  }

  Tensor keepOutputs(BitSet kept) {
    return keep(c.weights(), byOutput ? 0 : 1, kept);
  }

  /** What is left of a tensor along an axis, taken when first read. */
  static Tensor keep(Tensor t, int axis, BitSet kept) {
    Dim left = Dim.of(kept.cardinality());
    TensorType type = t.type().withShape(t.shape().withDim(axis, left));
    return new Tensor(
        type, Payload.lazy(type.bytes(), () -> kept(t, type, axis, kept).payload().bytes()));
  }

  private static Tensor kept(Tensor t, TensorType type, int axis, BitSet kept) {
    long inner = t.shape().strides()[axis];
    long extent = t.shape().dim(axis);
    TensorBuilder b = new TensorBuilder(type);
    Tensor.Elements e = t.reader();
    long at = 0;
    for (long outer = 0; outer < t.elements() / (inner * extent); outer++) {
      for (int i = kept.nextSetBit(0); i >= 0; i = kept.nextSetBit(i + 1)) {
        long from = (outer * extent + i) * inner;
        for (long k = from; k < from + inner; k++) {
          b.set(at++, e.number(k));
        }
      }
    }
    return b.build();
  }
}
