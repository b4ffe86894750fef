package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.List;
import java.util.Optional;

/**
 * What a convolution of one tap reads is a map times a number for each channel (squeeze and
 * excitation): scaling the weights instead gives the same sums. That is less work where there are
 * fewer of them than of the map's elements.
 *
 * @param map the value that is scaled
 * @param gate one number a channel
 */
record Gate(Value map, Value gate) {
  /** Scaled weights are written and read again, a band of the map stays near. */
  private static final long FEWER = 2;

  /** Empty where the region begins with anything else, or the map is the smaller operand. */
  static Optional<Gate> of(PhaseBuilder phase, Node node) {
    Value x = node.operand(0);
    Optional<Node> product = phase.region().body().producer(x);
    if (product.isEmpty()
        || !(product.get().op() instanceof Elementwise e)
        || !e.kind().equals(ElementwiseKind.MUL)
        || !fits(phase, node, x)) {
      return Optional.empty();
    }
    Value a = product.get().operand(0);
    Value b = product.get().operand(1);
    return gate(phase, x, a, b).or(() -> gate(phase, x, b, a));
  }

  private static Optional<Gate> gate(PhaseBuilder phase, Value x, Value map, Value gate) {
    Shape s = gate.shape();
    boolean perChannel =
        s.rank() == 4
            && s.dim(1) == x.shape().dim(1)
            && s.elements() == s.dim(1)
            && map.shape().equals(x.shape())
            && isRead(phase, map)
            && isRead(phase, gate)
            && phase.storage(map).isBlocked();
    return perChannel ? Optional.of(new Gate(map, gate)) : Optional.empty();
  }

  private static boolean isRead(PhaseBuilder phase, Value v) {
    return phase.constant(v).isEmpty() && !phase.isMadeInside(v);
  }

  private static boolean fits(PhaseBuilder phase, Node node, Value x) {
    Conv conv = (Conv) node.op();
    Value w = node.operand(1);
    return x.shape().rank() == 4
        && x.shape().dim(0) == 1
        && x.dtype() == DType.F32
        && conv.groups() == 1
        && w.shape().elements() == w.shape().dim(0) * w.shape().dim(1)
        && conv.padsBegin().equals(List.of(0L, 0L))
        && conv.padsEnd().equals(List.of(0L, 0L))
        && phase.constant(w).isPresent()
        && phase.domain("i").storage().isBlocked()
        && FEWER * w.shape().elements() < x.shape().elements();
  }
}
