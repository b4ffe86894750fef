package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Tile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Shapes asked for, and elements kept while the shape around them changes. */
final class ShapeImports {
  private ShapeImports() {}

  static void addTo(OperatorTable t) {
    t.one("Shape", 1, ShapeImports::shape);
    t.one("Size", 1, n -> n.constant(scalar(n.in(0).shape().elements())));
    t.one("Reshape", 1, n -> reshape(n, n.attrs().integers("shape")));
    t.one("Reshape", 5, n -> reshape(n, n.knownIntegers(1, "shape")));
    t.one("Flatten", 1, ShapeImports::flatten);
    t.one("Squeeze", 1, n -> squeeze(n, n.attrs().integers("axes"), !n.attrs().has("axes")));
    t.one("Squeeze", 13, ShapeImports::squeezeByInput);
    t.one("Unsqueeze", 1, n -> unsqueeze(n, n.attrs().integers("axes")));
    t.one("Unsqueeze", 13, n -> unsqueeze(n, n.knownIntegers(1, "axes")));
    t.one("Transpose", 1, ShapeImports::transpose);
    t.one("Concat", 1, ShapeImports::concat);
    t.one("Expand", 8, ShapeImports::expand);
    t.one("Tile", 1, ShapeImports::tileAlongAxis);
    t.one("Tile", 6, ShapeImports::tile);
    t.one("DepthToSpace", 1, ShapeImports::depthToSpace);
    t.one("SpaceToDepth", 1, ShapeImports::spaceToDepth);
    t.limit("Reshape", "constant shape");
    t.limit("Expand", "constant shape");
    t.limit("Tile", "constant repeats");
  }

  private static Tensor scalar(long v) {
    return Tensor.ofLongs(Shape.SCALAR, v);
  }

  private static Operand shape(OnnxNode n) {
    long[] all = n.in(0).shape().toArray();
    int start = clamp(n.attrs().integer("start", 0), all.length);
    int end = Math.max(start, clamp(n.attrs().integer("end", all.length), all.length));
    return n.constant(
        Tensor.ofLongs(Shape.of(end - start), java.util.Arrays.copyOfRange(all, start, end)));
  }

  private static int clamp(long axis, int rank) {
    long a = axis < 0 ? axis + rank : axis;
    return (int) Math.max(0, Math.min(rank, a));
  }

  /** 0 keeps the extent at its place (unless allowzero), -1 is what is left. */
  private static Operand reshape(OnnxNode n, List<Long> target) {
    Operand x = n.in(0);
    boolean allowZero = n.attrs().flag("allowzero", false);
    List<Long> extents = new ArrayList<>();
    int open = -1;
    long product = 1;
    for (int i = 0; i < target.size(); i++) {
      long d = target.get(i);
      require(d >= -1, "shape %s has a negative extent", target);
      if (d == 0 && !allowZero) {
        require(i < x.rank(), "shape %s keeps axis %d of %s", target, i, x.type());
        d = x.dim(i);
      }
      if (d == -1) {
        require(open < 0, "shape %s has more than one -1", target);
        open = i;
      } else {
        product = Math.multiplyExact(product, d);
      }
      extents.add(d);
    }
    long elements = x.shape().elements();
    if (open >= 0) {
      require(product > 0 && elements % product == 0, "%s has no shape like %s", x.type(), target);
      extents.set(open, elements / product);
    }
    Shape shape = TensorProtos.shape(extents);
    require(shape.elements() == elements, "%s cannot have shape %s (%s)", x.type(), shape, target);
    return n.reshape(x, shape);
  }

  private static Operand flatten(OnnxNode n) {
    Operand x = n.in(0);
    long said = n.attrs().integer("axis", 1);
    require(said >= -x.rank() && said <= x.rank(), "axis %d is outside %s", said, x.type());
    int axis = (int) (said < 0 ? said + x.rank() : said);
    long rows = 1;
    long columns = 1;
    for (int i = 0; i < x.rank(); i++) {
      if (i < axis) {
        rows = Math.multiplyExact(rows, x.dim(i));
      } else {
        columns = Math.multiplyExact(columns, x.dim(i));
      }
    }
    return n.reshape(x, rows, columns);
  }

  private static Operand squeezeByInput(OnnxNode n) {
    return n.has(1) ? squeeze(n, n.knownIntegers(1, "axes"), false) : squeeze(n, List.of(), true);
  }

  private static Operand squeeze(OnnxNode n, List<Long> axes, boolean allOnes) {
    Operand x = n.in(0);
    List<Integer> out = new ArrayList<>();
    if (allOnes) {
      for (int i = 0; i < x.rank(); i++) {
        if (x.dim(i) == 1) {
          out.add(i);
        }
      }
    } else {
      out.addAll(OnnxNode.axes(axes, x.rank()));
    }
    for (int a : out) {
      require(x.dim(a) == 1, "axis %d of %s is not 1", a, x.type());
    }
    return withoutAxes(n, x, out);
  }

  /** The operand without axes of extent 1. */
  static Operand withoutAxes(OnnxNode n, Operand x, List<Integer> axes) {
    List<Long> extents = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (!axes.contains(i)) {
        extents.add(x.dim(i));
      }
    }
    return n.reshape(x, Shape.of(extents));
  }

  private static Operand unsqueeze(OnnxNode n, List<Long> axes) {
    Operand x = n.in(0);
    List<Integer> at = OnnxNode.axes(axes, x.rank() + axes.size());
    List<Long> extents = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < x.rank() + axes.size(); i++) {
      extents.add(at.contains(i) ? 1L : x.dim(next++));
    }
    return n.reshape(x, Shape.of(extents));
  }

  private static Operand transpose(OnnxNode n) {
    Operand x = n.in(0);
    List<Integer> perm = new ArrayList<>();
    if (n.attrs().has("perm")) {
      List<Long> said = n.attrs().integers("perm");
      require(said.size() == x.rank(), "perm %s for %s", said, x.type());
      for (long p : said) {
        require(
            p >= 0 && p < x.rank() && !perm.contains((int) p), "perm %s for %s", said, x.type());
        perm.add((int) p);
      }
    } else {
      for (int i = 0; i < x.rank(); i++) {
        perm.add(x.rank() - 1 - i);
      }
    }
    return n.transpose(x, perm);
  }

  private static Operand concat(OnnxNode n) {
    List<Operand> all = n.all();
    require(!all.isEmpty(), "there is nothing to join");
    long said = n.opset() < 4 ? n.attrs().integer("axis", 1) : n.attrs().integer("axis");
    int axis = OnnxNode.axis(said, all.get(0).rank());
    return all.size() == 1 ? all.get(0) : n.emitAll(new Concat(axis), all).get(0);
  }

  /** Broadcasting goes both ways: the operand may have extents where the shape says 1. */
  private static Operand expand(OnnxNode n) {
    Operand x = n.in(0);
    List<Long> said = n.knownIntegers(1, "shape");
    int rank = Math.max(x.rank(), said.size());
    List<Long> extents = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      int a = i - rank + x.rank();
      int b = i - rank + said.size();
      long have = a < 0 ? 1 : x.dim(a);
      long want = b < 0 ? 1 : said.get(b);
      require(have == want || have == 1 || want == 1, "%s does not expand to %s", x.type(), said);
      extents.add(have == 1 ? want : have);
    }
    return n.expand(x, TensorProtos.shape(extents));
  }

  private static Operand tile(OnnxNode n) {
    Operand x = n.in(0);
    List<Long> repeats = n.knownIntegers(1, "repeats");
    require(repeats.size() == x.rank(), "repeats %s for %s", repeats, x.type());
    boolean once = repeats.stream().allMatch(r -> r == 1);
    return once ? x : n.emit(new Tile(repeats), x);
  }

  private static Operand tileAlongAxis(OnnxNode n) {
    Operand x = n.in(0);
    List<Long> repeats = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    repeats.set(
        OnnxNode.axis((long) n.knownNumber(2, "axis"), x.rank()), (long) n.knownNumber(1, "tiles"));
    return n.emit(new Tile(repeats), x);
  }

  private static long blockSize(OnnxNode n, Operand x) {
    require(x.rank() == 4, "%s has not the four axes of a batch of images", x.type());
    long b = n.attrs().integer("blocksize");
    require(b >= 1, "blocksize is %d", b);
    return b;
  }

  private static Operand depthToSpace(OnnxNode n) {
    Operand x = n.in(0);
    long b = blockSize(n, x);
    String mode = n.attrs().text("mode", "DCR");
    require(mode.equals("DCR") || mode.equals("CRD"), "mode is '%s'", mode);
    long batch = x.dim(0);
    long c = x.dim(1);
    long h = x.dim(2);
    long w = x.dim(3);
    long square = Math.multiplyExact(b, b);
    require(c % square == 0, "%d channels are no multiple of %d", c, square);
    Operand y;
    if (mode.equals("DCR")) {
      Operand split = n.reshape(x, batch, b, b, c / square, h, w);
      y = n.transpose(split, List.of(0, 3, 4, 1, 5, 2));
    } else {
      Operand split = n.reshape(x, batch, c / square, b, b, h, w);
      y = n.transpose(split, List.of(0, 1, 4, 2, 5, 3));
    }
    return n.reshape(y, batch, c / square, Math.multiplyExact(h, b), Math.multiplyExact(w, b));
  }

  private static Operand spaceToDepth(OnnxNode n) {
    Operand x = n.in(0);
    long b = blockSize(n, x);
    long batch = x.dim(0);
    long c = x.dim(1);
    long h = x.dim(2);
    long w = x.dim(3);
    require(h % b == 0 && w % b == 0, "%s in blocks of %d", x.type(), b);
    Operand split = n.reshape(x, batch, c, h / b, b, w / b, b);
    Operand y = n.transpose(split, List.of(0, 3, 5, 1, 2, 4));
    return n.reshape(y, batch, Math.multiplyExact(c, b * b), h / b, w / b);
  }
}
