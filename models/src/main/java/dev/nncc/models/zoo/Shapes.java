package dev.nncc.models.zoo;

import static dev.nncc.models.onnx.Attributes.integer;

import java.util.ArrayList;
import java.util.List;

/**
 * Shape arithmetic as exporters of dynamic frameworks leave it: extents taken apart and put
 * together by nodes.
 */
record Shapes(Operators net) {
  /**
   * Extent of an axis of a value, taken in the graph: Shape, then Gather. {@code number} is what it
   * will be.
   */
  Extent extent(String value, int axis, long number) {
    String shape = net.graph().node("Shape", List.of(value));
    String scalar = net.graph().node("Gather", List.of(shape, net.index(axis)), integer("axis", 0));
    return new Extent(scalar, number, false);
  }

  /** Extent divided by a constant, in the graph. */
  Extent divided(Extent extent, long divisor) {
    String scalar = net.graph().node("Div", List.of(extent.value(), net.index(divisor)));
    return new Extent(scalar, extent.number() / divisor, false);
  }

  /** The one-dimensional tensor that lists these extents. */
  String list(Extent... extents) {
    List<String> parts = new ArrayList<>();
    for (Extent extent : extents) {
      parts.add(
          extent.value().isEmpty()
              ? net.indices(extent.inferred() ? -1 : extent.number())
              : net.graph().node("Unsqueeze", List.of(extent.value(), net.indices(0))));
    }
    return net.graph().node("Concat", parts, integer("axis", 0));
  }
}
