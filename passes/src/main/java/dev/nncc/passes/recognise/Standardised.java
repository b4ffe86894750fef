package dev.nncc.passes.recognise;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.List;

/** Makes the operator that brings a value to mean 0 and variance 1 along axes. */
final class Standardised {
  private static final int CHANNELS = 1;

  private Standardised() {}

  /**
   * Over all axes behind the channels of an image an InstanceNorm, over last axes a LayerNorm; over
   * others a LayerNorm between transposes, which often meet others.
   */
  static Value of(Moments m, RewriteContext context) {
    int rank = m.x().shape().rank();
    List<Integer> order = new ArrayList<>();
    for (int a = 0; a < rank; a++) {
      if (!m.axes().contains(a)) {
        order.add(a);
      }
    }
    int first = order.size();
    order.addAll(m.axes());
    if (order.equals(order.stream().sorted().toList())) {
      boolean image = rank >= 4 && first == CHANNELS + 1;
      List<Dim> dims = m.x().shape().dims();
      return image
          ? plain(new InstanceNorm(m.epsilon()), m.x(), dims.subList(CHANNELS, first), context)
          : plain(new LayerNorm(first, m.epsilon()), m.x(), dims.subList(first, rank), context);
    }
    Value turned = context.add(new Transpose(order), m.x());
    List<Dim> last = turned.shape().dims().subList(first, rank);
    Value y = plain(new LayerNorm(first, m.epsilon()), turned, last, context);
    List<Integer> back = new ArrayList<>();
    for (int a = 0; a < rank; a++) {
      back.add(order.indexOf(a));
    }
    return context.add(new Transpose(back), y);
  }

  /** With scale 1 and bias 0; those that follow are taken in by rules of their own. */
  private static Value plain(Op op, Value x, List<Dim> parameter, RewriteContext context) {
    TensorType type = x.type().withShape(new Shape(parameter));
    Value one = context.constant(Tensor.filled(type, 1));
    Value zero = context.constant(Tensor.filled(type, 0));
    return context.add(op, x, one, zero);
  }
}
