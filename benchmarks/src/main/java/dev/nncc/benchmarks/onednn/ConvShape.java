package dev.nncc.benchmarks.onednn;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Conv;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A convolution with two spatial axes.
 *
 * @param input {@code [N, C, H, W]}
 * @param weights {@code [O, C/groups, KH, KW]}
 * @param output {@code [N, O, H, W]}
 * @param planar it reads what the caller passes in
 */
public record ConvShape(
    List<Long> input, List<Long> weights, List<Long> output, Conv op, boolean planar) {

  /** The distinct convolutions of a graph with their numbers, in the order of the graph. */
  public static Map<ConvShape, Integer> of(Graph graph) {
    Map<ConvShape, Integer> all = new LinkedHashMap<>();
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Conv c) {
        List<TensorType> types = n.operandTypes();
        Optional<ConvShape> shape =
            types.get(0).rank() == 4
                ? Optional.of(
                    new ConvShape(
                        dims(types.get(0).shape()),
                        dims(types.get(1).shape()),
                        dims(n.result().type().shape()),
                        c,
                        graph.inputs().contains(n.operand(0))))
                : Optional.empty();
        shape.ifPresent(s -> all.merge(s, 1, Integer::sum));
      }
    }
    return all;
  }

  private static List<Long> dims(Shape s) {
    List<Long> dims = new ArrayList<>();
    for (long d : s.toArray()) {
      dims.add(d);
    }
    return dims;
  }

  /** Of the direct algorithm, two for a multiply-add. */
  public double flops() {
    double n = 2;
    for (long d : output) {
      n *= d;
    }
    return n * weights.get(1) * weights.get(2) * weights.get(3);
  }

  /** {@code 64x56x56 3x3 s2 -> 128x28x28}. */
  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    s.append(input.get(1)).append('x').append(input.get(2)).append('x').append(input.get(3));
    s.append(' ').append(weights.get(2)).append('x').append(weights.get(3));
    if (op.strides().stream().anyMatch(t -> t != 1)) {
      s.append(" s").append(op.strides().get(0));
    }
    if (op.dilations().stream().anyMatch(t -> t != 1)) {
      s.append(" d").append(op.dilations().get(0));
    }
    if (op.groups() != 1) {
      s.append(" g").append(op.groups());
    }
    s.append(" -> ").append(output.get(1));
    return s.append('x').append(output.get(2)).append('x').append(output.get(3)).toString();
  }
}
