package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Strides, dilations and padding along the spatial axes, with what SAME leaves to be computed. */
record Windows(
    List<Long> kernel, List<Long> strides, List<Long> dilations, List<Long> begin, List<Long> end) {

  /** The windows of a node over its operand, in the node's layout. */
  static Windows of(TensorflowNode n, Operand x, List<Long> kernel) {
    require(x.rank() == kernel.size() + 2, "windows %s over %s", kernel, x.type());
    int at = n.channelsLast() ? 1 : 2;
    return over(n, TensorflowNode.extents(x).subList(at, at + kernel.size()), kernel);
  }

  /** The windows over spatial extents. */
  static Windows over(TensorflowNode n, List<Long> extents, List<Long> kernel) {
    List<Long> strides = spatial(n, "strides", kernel.size());
    return padded(n, extents, kernel, strides, spatial(n, "dilations", kernel.size()));
  }

  /** The windows with the padding that the node asks for. */
  static Windows padded(
      TensorflowNode n,
      List<Long> extents,
      List<Long> kernel,
      List<Long> strides,
      List<Long> dilations) {
    String padding = n.attrs().text("padding", "VALID");
    List<Long> begin = new ArrayList<>();
    List<Long> end = new ArrayList<>();
    for (int i = 0; i < kernel.size(); i++) {
      long stride = strides.get(i);
      require(kernel.get(i) > 0, "a window of extent %d", kernel.get(i));
      long reach = Math.addExact(Math.multiplyExact(kernel.get(i) - 1, dilations.get(i)), 1);
      switch (padding) {
        case "SAME" -> {
          long out = (extents.get(i) + stride - 1) / stride;
          long total = Math.max(0, Math.multiplyExact(out - 1, stride) + reach - extents.get(i));
          begin.add(total / 2);
          end.add(total - total / 2);
        }
        case "VALID" -> {
          begin.add(0L);
          end.add(0L);
        }
        case "EXPLICIT" -> {
          List<Long> pads = n.attrs().integers("explicit_paddings");
          int axis = (n.channelsLast() ? 1 : 2) + i;
          require(pads.size() == 2 * (kernel.size() + 2), "explicit_paddings %s", pads);
          begin.add(pads.get(2 * axis));
          end.add(pads.get(2 * axis + 1));
        }
        default -> throw new UnsupportedFeature("padding=%s is not supported", padding);
      }
    }
    return new Windows(kernel, strides, dilations, begin, end);
  }

  /** The spatial part of an attribute with a number for each axis of the operand. */
  static List<Long> spatial(TensorflowNode n, String name, int rank) {
    List<Long> all = n.attrs().integers(name);
    if (all.isEmpty()) {
      return Collections.nCopies(rank, 1L);
    }
    require(all.size() == rank + 2, "%s %s for %d spatial axes", name, all, rank);
    int at = n.channelsLast() ? 1 : 2;
    List<Long> out = all.subList(at, at + rank);
    require(out.stream().allMatch(v -> v > 0 && v <= Integer.MAX_VALUE), "%s %s", name, all);
    return out;
  }

  /** Borders before and after each axis of an operand with channels last. */
  List<Long> bordersLast() {
    List<Long> out = new ArrayList<>(List.of(0L, 0L));
    for (int i = 0; i < kernel.size(); i++) {
      out.add(begin.get(i));
      out.add(end.get(i));
    }
    out.addAll(List.of(0L, 0L));
    return out;
  }

  /** How many windows there are along each axis of an operand with channels last and borders. */
  List<Long> counts(Operand padded) {
    List<Long> out = new ArrayList<>();
    for (int i = 0; i < kernel.size(); i++) {
      long reach = (kernel.get(i) - 1) * dilations.get(i) + 1;
      require(padded.dim(i + 1) >= reach, "a window of %d over %s", reach, padded.type());
      out.add((padded.dim(i + 1) - reach) / strides.get(i) + 1);
    }
    return out;
  }
}
