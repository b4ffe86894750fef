package dev.nncc.graph.random;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Elementwise nodes of every kind, operands broadcast in every way. */
final class ElementwiseGrowth {
  private static final List<ElementwiseKind> USUAL =
      List.of(
          ElementwiseKind.ADD,
          ElementwiseKind.ADD,
          ElementwiseKind.MUL,
          ElementwiseKind.MUL,
          ElementwiseKind.SUB,
          ElementwiseKind.DIV,
          ElementwiseKind.MIN,
          ElementwiseKind.MAX);

  private ElementwiseGrowth() {}

  static void unary(Growth g) {
    Random random = g.random;
    Value v = g.any();
    if (random.nextInt(5) == 0) {
      DType[] all = DType.values();
      DType to = random.nextBoolean() ? g.floats : all[random.nextInt(all.length)];
      g.add(new Cast(to), v);
      return;
    }
    ElementwiseKind kind = pick(random, v.dtype(), 1);
    g.add(new Elementwise(kind, params(kind, random)), v);
  }

  private static ElementwiseKind pick(Random random, DType type, int arity) {
    List<ElementwiseKind> fit =
        Arrays.stream(ElementwiseKind.values())
            .filter(k -> k.arity() == arity && k.admits(type))
            .toList();
    return fit.get(random.nextInt(fit.size()));
  }

  private static List<Double> params(ElementwiseKind kind, Random random) {
    List<Double> p = new ArrayList<>();
    for (int i = 0; i < kind.params().size(); i++) {
      p.add(0.25 + random.nextInt(8) * 0.25);
    }
    if (kind == ElementwiseKind.CLIP) {
      p = List.of((double) random.nextInt(3) - 2, (double) random.nextInt(3));
    }
    if (kind == ElementwiseKind.IS_INF) {
      p = List.of((double) random.nextInt(2), (double) random.nextInt(2));
    }
    return p;
  }

  static void binary(Growth g) {
    Random random = g.random;
    Value v = g.any();
    Value other = partner(g, v);
    boolean usual = v.dtype() != DType.BOOL && random.nextInt(4) != 0;
    ElementwiseKind kind =
        usual ? USUAL.get(random.nextInt(USUAL.size())) : pick(random, v.dtype(), 2);
    boolean swap = random.nextInt(3) == 0;
    g.add(Elementwise.of(kind), swap ? other : v, swap ? v : other);
  }

  /** A second operand: another value, the same one, or a constant of a shape that broadcasts. */
  private static Value partner(Growth g, Value v) {
    Random random = g.random;
    int choice = random.nextInt(10);
    if (choice < 4) {
      Optional<Value> same = g.any(o -> o.dtype() == v.dtype() && o.shape().equals(v.shape()));
      Optional<Value> wide = g.any(o -> o.dtype() == v.dtype());
      return (choice == 0 ? wide : same).orElse(v);
    }
    if (choice < 7) {
      double[] numbers = {0, 1, -1, 2, 0.5, 1.75, 3, -0.25};
      double number = numbers[random.nextInt(numbers.length)];
      return g.scalar(v.dtype(), v.dtype().isFloat() ? number : Math.abs(Math.rint(number)));
    }
    Shape s = broadcast(v.shape(), random);
    return random.nextBoolean() && v.dtype().isFloat()
        ? g.positive(v.dtype(), s.toArray())
        : g.constant(g.numbers(new TensorType(v.dtype(), s), false));
  }

  private static Shape broadcast(Shape shape, Random random) {
    List<Long> extents = new ArrayList<>();
    for (long e : shape.toArray()) {
      boolean one = random.nextInt(2) == 0;
      extents.add(one ? 1L : e == 1 && random.nextInt(5) == 0 ? 3L : e);
    }
    while (!extents.isEmpty() && random.nextInt(3) == 0) {
      extents.remove(0);
    }
    if (extents.size() < 5 && random.nextInt(8) == 0) {
      extents.add(0, 2L);
    }
    return Shape.of(extents);
  }

  static void choice(Growth g) {
    Value v = g.any();
    Value other = partner(g, v);
    Optional<Value> condition =
        g.any(c -> c.dtype() == DType.BOOL)
            .or(
                () ->
                    v.dtype() == DType.BOOL
                        ? Optional.of(v)
                        : g.add(Elementwise.of(ElementwiseKind.LESS), v, other));
    condition.ifPresent(c -> g.add(Elementwise.of(ElementwiseKind.WHERE), c, v, other));
  }
}
