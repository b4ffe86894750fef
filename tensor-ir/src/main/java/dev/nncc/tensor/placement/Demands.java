package dev.nncc.tensor.placement;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The borders that readers of a value would like it to have, so that their loops need no edge
 * cases.
 */
final class Demands {
  /**
   * @param lo border in front of each logical axis
   * @param hi border behind
   */
  record Border(List<Long> lo, List<Long> hi, double fill) {
    boolean isEmpty() {
      return lo.stream().allMatch(x -> x == 0) && hi.stream().allMatch(x -> x == 0);
    }

    Border union(Border o) {
      return new Border(maxima(lo, o.lo), maxima(hi, o.hi), fill);
    }

    private static List<Long> maxima(List<Long> a, List<Long> b) {
      List<Long> m = new ArrayList<>();
      for (int i = 0; i < a.size(); i++) {
        m.add(Math.max(a.get(i), b.get(i)));
      }
      return m;
    }
  }

  private Demands() {}

  /** What one node wants of its first operand; empty when it has no window or no padding. */
  static Optional<Map.Entry<Value, Border>> of(
      Node node, NonNegative nonNegative, Winograd.Choice winograd) {
    Region region = Region.of(node);
    if (region.anchor().isEmpty()) {
      return Optional.empty();
    }
    Node a = region.requireAnchor();
    Optional<Value> x =
        a.operands().isEmpty() ? Optional.empty() : region.outerOf(region.narrow(a.operand(0)));
    if (x.isEmpty()) {
      return Optional.empty();
    }
    Border b;
    if (a.op() instanceof Conv c) {
      List<Long> kernel = new ArrayList<>();
      for (int d = 2; d < a.operand(1).shape().rank(); d++) {
        kernel.add(a.operand(1).shape().dim(d));
      }
      b = window(a, kernel, c.strides(), c.dilations(), c.padsBegin(), 0);
      Border direct = b;
      b = winograd.of(a).map(w -> direct.union(tiles(a, c, w))).orElse(b);
    } else if (a.op() instanceof ConvTranspose c) {
      b = transposed(a, c);
    } else if (a.op() instanceof Pool p) {
      boolean zero = p.kind() == PoolKind.AVERAGE || nonNegative.test(x.get());
      double lowest =
          ((Expr.Const) Exprs.identity(Expr.BinOp.MAX, x.get().type().dtype())).number();
      b = window(a, p.kernel(), p.strides(), p.dilations(), p.padsBegin(), zero ? 0 : lowest);
    } else {
      return Optional.empty();
    }
    return b.isEmpty() ? Optional.empty() : Optional.of(Map.entry(x.get(), b));
  }

  /** Tiles read on where the last of them stand over the end of the picture. */
  private static Border tiles(Node a, Conv c, Winograd w) {
    List<Long> lo = List.of(0L, 0L, c.padsBegin().get(0), c.padsBegin().get(1));
    List<Long> hi = new ArrayList<>(List.of(0L, 0L));
    for (int d = 0; d < 2; d++) {
      hi.add(w.overhang(d, c.padsBegin().get(d), a.operand(0).shape().dim(d + 2)));
    }
    return new Border(lo, hi, 0);
  }

  /**
   * Input positions {@code (p + pad - k) / stride} over all result positions p and window positions
   * k.
   */
  private static Border transposed(Node a, ConvTranspose c) {
    int rank = a.result().shape().rank();
    List<Long> lo = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> hi = new ArrayList<>(lo);
    for (int d = 2; d < rank; d++) {
      long stride = c.strides().get(d - 2);
      long pad = c.padsBegin().get(d - 2);
      long first = Math.floorDiv(a.operand(1).shape().dim(d) - 1 - pad, stride);
      long last = Math.floorDiv(a.result().shape().dim(d) - 1 + pad, stride);
      lo.set(d, Math.max(0, first));
      hi.set(d, Math.max(0, last - (a.operand(0).shape().dim(d) - 1)));
    }
    return new Border(lo, hi, 0);
  }

  private static Border window(
      Node a,
      List<Long> kernel,
      List<Long> strides,
      List<Long> dilations,
      List<Long> padsBegin,
      double fill) {
    int rank = a.result().shape().rank();
    List<Long> lo = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> hi = new ArrayList<>(lo);
    for (int d = 0; d < kernel.size(); d++) {
      long last =
          (a.result().shape().dim(d + 2) - 1) * strides.get(d)
              + (kernel.get(d) - 1) * dilations.get(d)
              - padsBegin.get(d);
      lo.set(d + 2, padsBegin.get(d));
      hi.set(d + 2, Math.max(0, last - (a.operand(0).shape().dim(d + 2) - 1)));
    }
    return new Border(lo, hi, fill);
  }

  /** The border of each value: the union over its readers that agree with the first on the fill. */
  static Map<Value, Border> all(Graph graph, NonNegative nonNegative, Winograd.Choice winograd) {
    Map<Value, Border> m = new LinkedHashMap<>();
    for (Node n : graph.nodes()) {
      of(n, nonNegative, winograd)
          .ifPresent(
              e ->
                  m.merge(
                      e.getKey(),
                      e.getValue(),
                      (old, b) -> old.fill() == b.fill() ? old.union(b) : old));
    }
    return m;
  }
}
