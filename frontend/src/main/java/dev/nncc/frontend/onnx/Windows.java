package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Kernel, strides, dilations and pads of convolutions and pooling, with everything that {@code
 * auto_pad} leaves to be computed.
 */
record Windows(
    List<Long> kernel,
    List<Long> strides,
    List<Long> dilations,
    List<Long> padsBegin,
    List<Long> padsEnd) {

  /** How {@code auto_pad} wants pads. */
  enum AutoPad {
    NOTSET,
    VALID,
    SAME_UPPER,
    SAME_LOWER;

    static AutoPad of(OnnxNode n) {
      String text = n.attrs().text("auto_pad", "NOTSET");
      for (AutoPad a : values()) {
        if (a.name().equals(text)) {
          return a;
        }
      }
      require(text.isEmpty(), "auto_pad is '%s'", text);
      return NOTSET;
    }
  }

  /**
   * The windows of a node.
   *
   * @param extents spatial extents of the operand
   * @param kernel extents of the kernel
   */
  static Windows of(OnnxNode n, List<Long> extents, List<Long> kernel) {
    int rank = extents.size();
    require(kernel.size() == rank, "kernel_shape %s for %d spatial axes", kernel, rank);
    List<Long> strides = listed(n, "strides", rank, 1);
    List<Long> dilations = listed(n, "dilations", rank, 1);
    AutoPad auto = AutoPad.of(n);
    List<Long> begin = new ArrayList<>();
    List<Long> end = new ArrayList<>();
    if (auto == AutoPad.SAME_UPPER || auto == AutoPad.SAME_LOWER) {
      for (int i = 0; i < rank; i++) {
        long size = extents.get(i);
        long stride = positive(strides.get(i), "strides");
        long reach = Math.addExact(Math.multiplyExact(kernel.get(i) - 1, dilations.get(i)), 1);
        long out = (size + stride - 1) / stride;
        long total = Math.max(0, Math.addExact(Math.multiplyExact(out - 1, stride), reach) - size);
        begin.add(auto == AutoPad.SAME_UPPER ? total / 2 : total - total / 2);
        end.add(total - begin.get(i));
      }
    } else {
      boolean set = auto == AutoPad.NOTSET && n.attrs().has("pads");
      List<Long> pads = set ? n.attrs().integers("pads") : Collections.nCopies(2 * rank, 0L);
      require(pads.size() == 2 * rank, "pads %s for %d spatial axes", pads, rank);
      begin.addAll(pads.subList(0, rank));
      end.addAll(pads.subList(rank, 2 * rank));
    }
    UnsupportedFeature.when(
        begin.stream().anyMatch(p -> p < 0) || end.stream().anyMatch(p -> p < 0),
        "negative pads are not supported");
    return new Windows(kernel, strides, dilations, begin, end);
  }

  /** An attribute with one number for each spatial axis. */
  static List<Long> listed(OnnxNode n, String name, int rank, long otherwise) {
    if (!n.attrs().has(name) || n.attrs().integers(name).isEmpty()) {
      return Collections.nCopies(rank, otherwise);
    }
    List<Long> v = n.attrs().integers(name);
    require(v.size() == rank, "%s %s for %d spatial axes", name, v, rank);
    return v;
  }

  static long positive(long v, String name) {
    require(v > 0, "%s holds %d", name, v);
    return v;
  }

  /** Extents of the axes after batch and channel. */
  static List<Long> spatial(Operand x) {
    require(x.rank() >= 3, "%s has no spatial axes", x.type());
    UnsupportedFeature.when(x.rank() > 5, "more than 3 spatial axes are not supported");
    List<Long> out = new ArrayList<>();
    for (int i = 2; i < x.rank(); i++) {
      out.add(x.dim(i));
    }
    return out;
  }
}
