package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Parts of tensors, borders, and blocks that move between axes. */
final class SliceImports {
  private SliceImports() {}

  static void addTo(Operators t) {
    t.one("Slice", SliceImports::slice);
    t.one("StridedSlice", SliceImports::strided);
    t.one("Pad", n -> pad(n, 0));
    t.one("PadV2", n -> pad(n, n.knownNumber(2, "constant_values")));
    t.one("MirrorPad", SliceImports::mirror);
    t.one("ReverseV2", SliceImports::reverse);
    t.one("Roll", SliceImports::roll);
    t.one(
        "SpaceToBatchND", n -> spaceToBatch(n, n.in(0), blocks(n), n.knownIntegers(2, "paddings")));
    t.one("BatchToSpaceND", SliceImports::batchToSpace);
    t.one("DepthToSpace", SliceImports::depthToSpace);
    t.one("SpaceToDepth", SliceImports::spaceToDepth);
  }

  private static Operand slice(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> starts = n.knownIntegers(1, "begin");
    List<Long> said = n.knownIntegers(2, "size");
    require(starts.size() == x.rank() && said.size() == x.rank(), "parts %s of %s", said, x.type());
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      sizes.add(said.get(i) == -1 ? x.dim(i) - starts.get(i) : said.get(i));
    }
    if (Shape.of(sizes).equals(x.shape())) {
      return x;
    }
    return n.emit(new Slice(starts, sizes, Collections.nCopies(x.rank(), 1L)), x);
  }

  private static Operand strided(TensorflowNode n) {
    Operand x = n.in(0);
    StridedSlice s =
        StridedSlice.of(
            n,
            x.shape(),
            n.knownIntegers(1, "begin"),
            n.knownIntegers(2, "end"),
            n.inputs() > 3
                ? n.knownIntegers(3, "strides")
                : Collections.nCopies(n.knownIntegers(1, "begin").size(), 1L));
    Operand part =
        s.isWhole(x.shape()) ? x : n.emit(new Slice(s.starts(), s.sizes(), s.steps()), x);
    return n.reshape(part, Shape.of(s.result()));
  }

  private static Operand pad(TensorflowNode n, double value) {
    Operand x = n.in(0);
    List<Long> said = n.knownIntegers(1, "paddings");
    return pad(n, x, said, value);
  }

  static Operand pad(TensorflowNode n, Operand x, List<Long> said, double value) {
    require(said.size() == 2 * x.rank(), "paddings %s for %s", said, x.type());
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      before.add(said.get(2 * i));
      after.add(said.get(2 * i + 1));
    }
    return said.stream().allMatch(p -> p == 0)
        ? x
        : n.emit(new Pad(before, after, PadMode.CONSTANT, value), x);
  }

  private static Operand mirror(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> said = n.knownIntegers(1, "paddings");
    require(said.size() == 2 * x.rank(), "paddings %s for %s", said, x.type());
    String mode = n.attrs().text("mode", "REFLECT");
    require(mode.equals("REFLECT") || mode.equals("SYMMETRIC"), "mode is '%s'", mode);
    int inner = mode.equals("REFLECT") ? 1 : 0;
    for (int i = 0; i < x.rank(); i++) {
      long before = said.get(2 * i);
      long after = said.get(2 * i + 1);
      long most = x.dim(i) - inner;
      require(
          before >= 0 && after >= 0 && before <= Math.max(0, most) && after <= Math.max(0, most),
          "paddings %s for %s",
          said,
          x.type());
    }
    if (inner == 1) {
      List<Long> before = new ArrayList<>();
      List<Long> after = new ArrayList<>();
      for (int i = 0; i < x.rank(); i++) {
        before.add(said.get(2 * i));
        after.add(said.get(2 * i + 1));
      }
      return n.emit(new Pad(before, after, PadMode.REFLECT, 0), x);
    }
    for (int i = 0; i < x.rank(); i++) {
      List<Operand> parts = new ArrayList<>();
      if (said.get(2 * i) > 0) {
        parts.add(n.reverse(n.slice(x, i, 0, said.get(2 * i)), i));
      }
      parts.add(x);
      if (said.get(2 * i + 1) > 0) {
        parts.add(n.reverse(n.slice(x, i, x.dim(i) - said.get(2 * i + 1), said.get(2 * i + 1)), i));
      }
      x = n.concat(parts, i);
    }
    return x;
  }

  private static Operand reverse(TensorflowNode n) {
    Operand x = n.in(0);
    for (int axis : TensorflowNode.axes(n.knownIntegers(1, "axis"), x.rank())) {
      x = n.reverse(x, axis);
    }
    return x;
  }

  private static Operand roll(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> shifts = n.knownIntegers(1, "shift");
    List<Long> axes = n.knownIntegers(2, "axis");
    require(shifts.size() == axes.size(), "shift %s for axis %s", shifts, axes);
    for (int i = 0; i < axes.size(); i++) {
      int axis = TensorflowNode.axis(axes.get(i), x.rank());
      long size = x.dim(axis);
      long shift = size == 0 ? 0 : Math.floorMod(shifts.get(i), size);
      if (shift != 0) {
        Operand tail = n.slice(x, axis, size - shift, shift);
        x = n.concat(List.of(tail, n.slice(x, axis, 0, size - shift)), axis);
      }
    }
    return x;
  }

  static List<Long> blocks(TensorflowNode n) {
    List<Long> blocks = n.knownIntegers(1, "block_shape");
    require(
        blocks.size() < n.in(0).rank() && blocks.stream().allMatch(b -> b > 0),
        "block_shape %s for %s",
        blocks,
        n.in(0).type());
    return blocks;
  }

  /** Every b-th element of an axis goes to a batch of its own. */
  static Operand spaceToBatch(
      TensorflowNode n, Operand operand, List<Long> blocks, List<Long> said) {
    int m = blocks.size();
    require(said.size() == 2 * m, "paddings %s for %d axes", said, m);
    List<Long> paddings = new ArrayList<>(List.of(0L, 0L));
    paddings.addAll(said);
    paddings.addAll(Collections.nCopies(2 * (operand.rank() - 1 - m), 0L));
    Operand x = pad(n, operand, paddings, 0);
    List<Long> split = new ArrayList<>(List.of(x.dim(0)));
    List<Long> joined = new ArrayList<>(List.of(x.dim(0)));
    List<Integer> perm = new ArrayList<>();
    for (int i = 0; i < m; i++) {
      long b = blocks.get(i);
      require(x.dim(i + 1) % b == 0, "%s in blocks %s", x.type(), blocks);
      split.add(x.dim(i + 1) / b);
      split.add(b);
      joined.add(x.dim(i + 1) / b);
      joined.set(0, Math.multiplyExact(joined.get(0), b));
      perm.add(2 * i + 2);
    }
    perm.add(0);
    for (int i = 0; i < m; i++) {
      perm.add(2 * i + 1);
    }
    for (int i = m + 1; i < x.rank(); i++) {
      perm.add(i + m);
      split.add(x.dim(i));
      joined.add(x.dim(i));
    }
    return n.reshape(n.transpose(n.reshape(x, Shape.of(split)), perm), Shape.of(joined));
  }

  private static Operand batchToSpace(TensorflowNode n) {
    Operand dilated = DilatedConvolutions.of(n);
    if (dilated != null) {
      return dilated;
    }
    Operand x = n.in(0);
    List<Long> blocks = blocks(n);
    List<Long> crops = n.knownIntegers(2, "crops");
    int m = blocks.size();
    long block = blocks.stream().reduce(1L, Math::multiplyExact);
    require(crops.size() == 2 * m, "crops %s for %d axes", crops, m);
    require(x.dim(0) % block == 0, "%s in blocks %s", x.type(), blocks);
    List<Long> split = new ArrayList<>(blocks);
    split.add(x.dim(0) / block);
    List<Long> joined = new ArrayList<>(List.of(x.dim(0) / block));
    List<Integer> perm = new ArrayList<>(List.of(m));
    for (int i = 1; i < x.rank(); i++) {
      split.add(x.dim(i));
      perm.add(m + i);
      if (i <= m) {
        perm.add(i - 1);
        joined.add(Math.multiplyExact(x.dim(i), blocks.get(i - 1)));
      } else {
        joined.add(x.dim(i));
      }
    }
    Operand y = n.reshape(n.transpose(n.reshape(x, Shape.of(split)), perm), Shape.of(joined));
    for (int i = 0; i < m; i++) {
      y =
          n.slice(
              y, i + 1, crops.get(2 * i), y.dim(i + 1) - crops.get(2 * i) - crops.get(2 * i + 1));
    }
    return y;
  }

  private static long blockSize(TensorflowNode n) {
    String format = n.attrs().text("data_format", "NHWC");
    UnsupportedFeature.when(format.equals("NCHW_VECT_C"), "data_format=NCHW_VECT_C");
    require(n.in(0).rank() == 4, "%s has not four axes", n.in(0).type());
    long b = n.attrs().integer("block_size", 2);
    require(b >= 1 && b <= Integer.MAX_VALUE, "block_size is %d", b);
    return b;
  }

  private static Operand depthToSpace(TensorflowNode n) {
    long b = blockSize(n);
    Operand x = n.inFirst(n.in(0));
    require(x.dim(1) % (b * b) == 0, "%s in blocks of %d", x.type(), b);
    long c = x.dim(1) / (b * b);
    Operand split = n.reshape(x, x.dim(0), b, b, c, x.dim(2), x.dim(3));
    Operand y = n.transpose(split, 0, 3, 4, 1, 5, 2);
    return n.outOf(n.reshape(y, x.dim(0), c, x.dim(2) * b, x.dim(3) * b));
  }

  private static Operand spaceToDepth(TensorflowNode n) {
    long b = blockSize(n);
    Operand x = n.inFirst(n.in(0));
    require(x.dim(2) % b == 0 && x.dim(3) % b == 0, "%s in blocks of %d", x.type(), b);
    Operand split = n.reshape(x, x.dim(0), x.dim(1), x.dim(2) / b, b, x.dim(3) / b, b);
    Operand y = n.transpose(split, 0, 3, 5, 1, 2, 4);
    return n.outOf(n.reshape(y, x.dim(0), x.dim(1) * b * b, x.dim(2) / b, x.dim(3) / b));
  }
}
