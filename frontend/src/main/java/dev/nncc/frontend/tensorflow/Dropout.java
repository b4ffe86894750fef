package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.tensorflow.proto.NodeDef;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Dropout written out: a product of something scaled up and of a mask that compares random numbers.
 * At inference it is the identity, except where seed and rate are constants: such a mask is one
 * like any other.
 */
final class Dropout {
  private static final int DEPTH = 6;
  private static final Set<String> PRODUCTS = Set.of("Mul", "SelectV2", "Select");
  private static final Set<String> MASKS = Set.of("Floor", "GreaterEqual", "Greater", "Less");
  private static final Set<String> THROUGH = Set.of("Cast", "Identity");
  private static final Set<String> RANGE = Set.of("Add", "AddV2", "Mul", "Sub", "Identity");
  private static final Set<String> RANDOM =
      Set.of("RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2");

  private Dropout() {}

  /** What a node passes on if it is the end of a dropout; null for all others. */
  static @Nullable Ref of(NodeDef n, Body body) {
    if (!PRODUCTS.contains(n.getOp())) {
      return null;
    }
    List<Ref> in = body.inputs(n);
    if (n.getOp().equals("Mul")) {
      for (int i = 0; in.size() == 2 && i < 2; i++) {
        if (isMask(in.get(i), body, DEPTH)) {
          return unscaled(in.get(1 - i), body);
        }
      }
      return null;
    }
    return in.size() == 3 && isMask(in.get(0), body, DEPTH) ? unscaled(in.get(1), body) : null;
  }

  private static boolean isMask(Ref r, Body body, int depth) {
    if (depth == 0 || !body.has(r.node())) {
      return false;
    }
    NodeDef n = body.node(r.node());
    List<Ref> in = body.inputs(n);
    if (MASKS.contains(n.getOp())) {
      return in.stream().anyMatch(i -> isRandom(i, body, DEPTH))
          && !in.stream().allMatch(i -> isFixed(i, body, DEPTH));
    }
    return THROUGH.contains(n.getOp()) && in.size() == 1 && isMask(in.get(0), body, depth - 1);
  }

  /** Random numbers in some range. */
  private static boolean isRandom(Ref r, Body body, int depth) {
    if (depth == 0 || !body.has(r.node())) {
      return false;
    }
    NodeDef n = body.node(r.node());
    return RANDOM.contains(n.getOp())
        || RANGE.contains(n.getOp())
            && body.inputs(n).stream().anyMatch(i -> isRandom(i, body, depth - 1));
  }

  /** Constants, and random numbers with a seed. */
  private static boolean isFixed(Ref r, Body body, int depth) {
    if (depth == 0 || !body.has(r.node())) {
      return false;
    }
    NodeDef n = body.node(r.node());
    if (RANDOM.contains(n.getOp())) {
      return RandomImports.isSeeded(new Attributes(n, Map.of()));
    }
    List<Ref> in = body.inputs(n);
    return n.getOp().equals("Const")
        || !in.isEmpty() && in.stream().allMatch(i -> isFixed(i, body, depth - 1));
  }

  /** In front of the division by the share that is kept. */
  private static Ref unscaled(Ref r, Body body) {
    if (!body.has(r.node())) {
      return r;
    }
    NodeDef n = body.node(r.node());
    boolean scaled = Set.of("RealDiv", "Div", "Mul").contains(n.getOp());
    return scaled && !body.inputs(n).isEmpty() ? body.input(n, 0) : r;
  }
}
