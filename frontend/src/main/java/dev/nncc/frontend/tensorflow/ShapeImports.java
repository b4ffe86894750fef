package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;

/** Shapes, and what moves elements without choosing among them. */
final class ShapeImports {
  private static final long MOST_PARTS = 100_000;

  private ShapeImports() {}

  static void addTo(Operators t) {
    t.one("Shape", n -> shape(n, n.in(0)));
    t.many("ShapeN", n -> n.all().stream().map(x -> shape(n, x)).toList());
    t.one("Size", n -> count(n, n.in(0).shape().elements()));
    t.one("Rank", n -> n.number(DType.I32, n.in(0).rank()));
    t.one("Reshape", ShapeImports::reshape);
    t.one("ExpandDims", ShapeImports::expandDims);
    t.one("Squeeze", ShapeImports::squeeze);
    t.one("Transpose", ShapeImports::transpose);
    t.one("ConjugateTranspose", ShapeImports::transpose);
    t.one("Pack", n -> n.stack(n.all(), axisOfStack(n)));
    t.one("ParallelConcat", n -> n.concat(n.all(), 0));
    t.many("Unpack", ShapeImports::unpack);
    t.one("ConcatV2", n -> concat(n, n.some(0, n.inputs() - 1), n.inputs() - 1));
    t.one("Concat", n -> concat(n, n.some(1, n.inputs()), 0));
    t.many("Split", n -> split(n, n.in(1), n.knownInteger(0, "split_dim"), null));
    t.many(
        "SplitV",
        n -> split(n, n.in(0), n.knownInteger(2, "split_dim"), n.knownIntegers(1, "size_splits")));
    t.one("Tile", n -> tile(n));
    t.one("BroadcastTo", n -> n.expand(n.in(0), ConstantImports.shape(n, 1)));
    t.one("BroadcastArgs", ShapeImports::broadcastArgs);
    t.one("InvertPermutation", ShapeImports::inverse);
  }

  private static Operand shape(TensorflowNode n, Operand x) {
    return n.integers(n.attrs().dtype("out_type", DType.I32), x.shape().toArray());
  }

  private static Operand count(TensorflowNode n, long elements) {
    return n.number(n.attrs().dtype("out_type", DType.I32), elements);
  }

  private static Operand reshape(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> said = n.knownIntegers(1, "shape");
    List<Long> extents = new ArrayList<>(said);
    int open = said.indexOf(-1L);
    if (open >= 0) {
      extents.set(open, 1L);
      long rest = TensorProtos.shape(extents).elements();
      long all = x.shape().elements();
      require(rest == 0 || all % rest == 0, "%s does not fit into %s", x.type(), said);
      extents.set(open, rest == 0 ? 1 : all / rest);
    }
    Shape to = TensorProtos.shape(extents);
    require(to.elements() == x.shape().elements(), "%s does not fit into %s", x.type(), said);
    return n.reshape(x, to);
  }

  private static Operand expandDims(TensorflowNode n) {
    Operand x = n.in(0);
    return n.unsqueeze(x, TensorflowNode.axis(n.knownInteger(1, "dim"), x.rank() + 1));
  }

  private static Operand squeeze(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> said = n.attrs().integers("squeeze_dims");
    List<Integer> axes = new ArrayList<>();
    if (!said.isEmpty()) {
      axes.addAll(TensorflowNode.axes(said, x.rank()));
    } else {
      for (int i = 0; i < x.rank(); i++) {
        if (x.dim(i) == 1) {
          axes.add(i);
        }
      }
    }
    return n.squeeze(x, axes);
  }

  private static Operand transpose(TensorflowNode n) {
    Operand x = n.in(0);
    List<Integer> perm = new ArrayList<>();
    for (long p : n.knownIntegers(1, "perm")) {
      perm.add(TensorflowNode.axis(p, x.rank()));
    }
    require(
        perm.size() == x.rank() && new LinkedHashSet<>(perm).size() == perm.size(),
        "perm %s for %s",
        perm,
        x.type());
    return n.transpose(x, perm);
  }

  private static int axisOfStack(TensorflowNode n) {
    require(n.inputs() > 0, "there is nothing to join");
    return TensorflowNode.axis(n.attrs().integer("axis", 0), n.in(0).rank() + 1);
  }

  private static List<Operand> unpack(TensorflowNode n) {
    Operand x = n.in(0);
    int axis = TensorflowNode.axis(n.attrs().integer("axis", 0), x.rank());
    require(x.dim(axis) <= MOST_PARTS, "%s in parts", x.type());
    List<Operand> out = new ArrayList<>();
    for (long i = 0; i < x.dim(axis); i++) {
      out.add(n.at(x, axis, i));
    }
    return out;
  }

  private static Operand concat(TensorflowNode n, List<Operand> parts, int axisInput) {
    require(!parts.isEmpty(), "there is nothing to join");
    int axis = TensorflowNode.axis(n.knownInteger(axisInput, "axis"), parts.get(0).rank());
    return n.concat(parts, axis);
  }

  private static List<Operand> split(
      TensorflowNode n,
      Operand x,
      long axisSaid,
      @org.jspecify.annotations.Nullable List<Long> said) {
    int axis = TensorflowNode.axis(axisSaid, x.rank());
    long count = n.attrs().integer("num_split", 1);
    require(count >= 1 && count <= MOST_PARTS, "num_split is %d", count);
    List<Long> sizes = new ArrayList<>();
    if (said == null) {
      require(x.dim(axis) % count == 0, "%s in %d parts", x.type(), count);
      sizes.addAll(Collections.nCopies((int) count, x.dim(axis) / count));
    } else {
      sizes.addAll(said);
      int open = sizes.indexOf(-1L);
      if (open >= 0) {
        sizes.set(open, 0L);
        sizes.set(open, x.dim(axis) - sizes.stream().mapToLong(s -> s).sum());
      }
    }
    List<Operand> out = new ArrayList<>();
    long at = 0;
    for (long size : sizes) {
      require(size >= 0 && size <= x.dim(axis) - at, "%s in parts %s", x.type(), sizes);
      out.add(n.slice(x, axis, at, size));
      at += size;
    }
    require(at == x.dim(axis), "%s in parts %s", x.type(), sizes);
    return out;
  }

  private static Operand tile(TensorflowNode n) {
    List<Long> repeats = n.knownIntegers(1, "multiples");
    require(repeats.size() == n.in(0).rank(), "multiples %s for %s", repeats, n.in(0).type());
    return n.tile(n.in(0), repeats);
  }

  private static Operand broadcastArgs(TensorflowNode n) {
    List<Long> a = n.knownIntegers(0, "s0");
    List<Long> b = n.knownIntegers(1, "s1");
    int rank = Math.max(a.size(), b.size());
    long[] out = new long[rank];
    for (int i = 0; i < rank; i++) {
      long x = i - rank + a.size() < 0 ? 1 : a.get(i - rank + a.size());
      long y = i - rank + b.size() < 0 ? 1 : b.get(i - rank + b.size());
      require(x == y || x == 1 || y == 1, "%s and %s do not broadcast", a, b);
      out[i] = x == 1 ? y : x;
    }
    return n.integers(n.in(0).dtype(), out);
  }

  private static Operand inverse(TensorflowNode n) {
    Tensor t = n.known(0, "x");
    long[] out = new long[Math.toIntExact(t.elements())];
    long[] perm = t.toLongs();
    for (int i = 0; i < perm.length; i++) {
      require(perm[i] >= 0 && perm[i] < perm.length, "%d is no index", perm[i]);
      out[(int) perm[i]] = i;
    }
    return n.integers(t.dtype(), out);
  }
}
