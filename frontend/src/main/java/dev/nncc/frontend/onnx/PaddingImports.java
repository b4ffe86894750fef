package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Borders added and masked triangles. */
final class PaddingImports {
  private static final long MASK_ELEMENTS = 1L << 26;

  private PaddingImports() {}

  static void addTo(OperatorTable t) {
    t.one("Pad", 1, n -> byAttributes(n, "paddings"));
    t.one("Pad", 2, n -> byAttributes(n, "pads"));
    t.one("Pad", 11, PaddingImports::byInputs);
    t.one("CenterCropPad", 18, PaddingImports::centre);
    t.one("Trilu", 14, PaddingImports::trilu);
    t.limit("CenterCropPad", "constant shape");
    t.limit("Pad", "constant pads and value");
    t.limit("Trilu", "constant k");
  }

  private static PadMode mode(OnnxNode n) {
    String mode = n.attrs().text("mode", "constant");
    return switch (mode) {
      case "constant" -> PadMode.CONSTANT;
      case "reflect" -> PadMode.REFLECT;
      case "edge" -> PadMode.EDGE;
      case "wrap" -> PadMode.WRAP;
      default ->
          throw new UnsupportedFeature(
              "mode=%s is not supported (supported: constant, reflect, edge, wrap)", mode);
    };
  }

  private static Operand byAttributes(OnnxNode n, String name) {
    List<Long> pads = n.attrs().integers(name);
    int rank = n.in(0).rank();
    require(pads.size() == 2 * rank, "%s %s for %s", name, pads, n.in(0).type());
    return pad(
        n, pads.subList(0, rank), pads.subList(rank, 2 * rank), n.attrs().number("value", 0));
  }

  private static Operand byInputs(OnnxNode n) {
    int rank = n.in(0).rank();
    List<Long> pads = n.knownIntegers(1, "pads");
    double value = n.has(2) && n.in(2).shape().elements() > 0 ? n.knownNumber(2, "value") : 0;
    List<Long> begin = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> end = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> axes = new ArrayList<>();
    if (n.has(3)) {
      axes.addAll(n.knownIntegers(3, "axes"));
    } else {
      for (long i = 0; i < rank; i++) {
        axes.add(i);
      }
    }
    require(pads.size() == 2 * axes.size(), "pads %s for axes %s", pads, axes);
    OnnxNode.axes(axes, rank);
    for (int i = 0; i < axes.size(); i++) {
      int axis = OnnxNode.axis(axes.get(i), rank);
      begin.set(axis, pads.get(i));
      end.set(axis, pads.get(i + axes.size()));
    }
    return pad(n, begin, end, value);
  }

  /** Negative pads take elements away. */
  private static Operand pad(OnnxNode n, List<Long> begin, List<Long> end, double value) {
    Operand x = n.in(0);
    PadMode mode = mode(n);
    SliceImports.Part rest = new SliceImports.Part(x);
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    boolean none = true;
    for (int i = 0; i < x.rank(); i++) {
      long cutBegin = Math.max(0, Math.negateExact(begin.get(i)));
      long cutEnd = Math.max(0, Math.negateExact(end.get(i)));
      long left = Math.subtractExact(x.dim(i), Math.addExact(cutBegin, cutEnd));
      require(left >= 0, "pads take %d from axis %d of %s", cutBegin + cutEnd, i, x.type());
      rest.take(i, left == 0 ? 0 : cutBegin, left, 1);
      before.add(Math.max(0, begin.get(i)));
      after.add(Math.max(0, end.get(i)));
      none &= before.get(i) == 0 && after.get(i) == 0;
    }
    Operand kept = rest.of(n, x);
    return none ? kept : n.emit(new Pad(before, after, mode, value), kept);
  }

  /** Cut or padded on both sides alike; the odd element goes to the end. */
  private static Operand centre(OnnxNode n) {
    Operand x = n.in(0);
    List<Long> wanted = n.knownIntegers(1, "shape");
    List<Long> axes = new ArrayList<>();
    if (n.attrs().has("axes")) {
      axes.addAll(n.attrs().integers("axes"));
    } else {
      for (long i = 0; i < x.rank(); i++) {
        axes.add(i);
      }
    }
    require(axes.size() == wanted.size(), "shape %s for axes %s", wanted, axes);
    OnnxNode.axes(axes, x.rank());
    SliceImports.Part kept = new SliceImports.Part(x);
    List<Long> before = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    List<Long> after = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    for (int i = 0; i < axes.size(); i++) {
      int axis = OnnxNode.axis(axes.get(i), x.rank());
      long want = wanted.get(i);
      require(want >= 0, "shape %s has a negative extent", wanted);
      long missing = want - x.dim(axis);
      if (missing > 0) {
        before.set(axis, missing / 2);
        after.set(axis, missing - missing / 2);
      } else {
        kept.take(axis, want == 0 ? 0 : -missing / 2, want, 1);
      }
    }
    Operand part = kept.of(n, x);
    boolean same = after.stream().allMatch(a -> a == 0);
    return same ? part : n.emit(new Pad(before, after, PadMode.CONSTANT, 0), part);
  }

  private static Operand trilu(OnnxNode n) {
    Operand x = n.in(0);
    require(x.rank() >= 2, "%s has no matrices", x.type());
    boolean upper = n.attrs().flag("upper", true);
    long k = n.has(1) ? n.knownInteger(1, "k") : 0;
    long rows = x.dim(x.rank() - 2);
    long columns = x.dim(x.rank() - 1);
    long elements = Math.multiplyExact(rows, columns);
    UnsupportedFeature.when(elements > MASK_ELEMENTS, "a matrix of %s is too large", x.type());
    TensorBuilder mask = new TensorBuilder(TensorType.of(DType.BOOL, rows, columns));
    for (long r = 0; r < rows; r++) {
      for (long c = 0; c < columns; c++) {
        mask.set(r * columns + c, (upper ? c - r >= k : c - r <= k) ? 1L : 0L);
      }
    }
    Tensor kept = mask.build();
    return n.apply(ElementwiseKind.WHERE, n.constant(kept), x, n.number(x.dtype(), 0));
  }
}
