package dev.nncc.tensor.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AffineTest {
  private static final List<String> NAMES = List.of("i", "j", "k");
  private static final Expr I = Exprs.var("i");
  private static final Expr J = Exprs.var("j");

  private static final Ranges BOUNDS =
      Ranges.of(Map.of("i", Range.ofExtent(12), "j", Range.ofExtent(5), "k", Range.ofExtent(3)));

  private static Expr plus(Expr a, long k, Expr b) {
    return Exprs.add(Exprs.mul(a, Exprs.index(k)), b);
  }

  private static Expr simple(Expr e) {
    return Affine.of(e, BOUNDS).expr();
  }

  @Test
  void aSplitLoopDividesAway() {
    assertThat(simple(Exprs.floorDiv(plus(I, 5, J), 5))).isEqualTo(I);
    assertThat(simple(Exprs.mod(plus(I, 5, J), 5))).isEqualTo(J);
    assertThat(simple(Exprs.floorDiv(plus(I, 5, J), 10))).isEqualTo(Exprs.floorDiv(I, 2));
  }

  @Test
  void aFusedLoopRecombines() {
    Expr whole = plus(Exprs.floorDiv(I, 4), 4, Exprs.mod(I, 4));
    assertThat(simple(whole)).isEqualTo(I);
  }

  @Test
  void aFusedAndSplitLoopRecombines() {
    Expr at = plus(I, 13, J);
    Expr whole = plus(Exprs.floorDiv(at, 7), 7, Exprs.mod(at, 7));
    assertThat(Affine.of(whole, BOUNDS)).isEqualTo(Affine.of(at, BOUNDS));
    Expr nested =
        plus(Exprs.floorDiv(Exprs.floorDiv(at, 3), 4), 4, Exprs.mod(Exprs.floorDiv(at, 3), 4));
    Expr all = plus(nested, 3, Exprs.mod(at, 3));
    assertThat(Affine.of(all, BOUNDS)).isEqualTo(Affine.of(at, BOUNDS));
  }

  @Test
  void aChunkOfThreeFusedLoopsRecombines() {
    Expr at = plus(Exprs.var("p"), 1472, Exprs.var("c"));
    Expr plane = Exprs.floorDiv(Exprs.floorDiv(at, 28), 28);
    Expr row = Exprs.mod(Exprs.floorDiv(at, 28), 28);
    Expr whole = plus(plane, 784, plus(row, 28, Exprs.mod(at, 28)));
    Ranges r = Ranges.of(Map.of("p", Range.ofExtent(62), "c", Range.ofExtent(1472)));
    assertThat(Affine.of(whole, r)).isEqualTo(Affine.of(at));
  }

  @Test
  void aRemainderOfARemainderRecombines() {
    Expr at = plus(Exprs.mod(Exprs.var("p"), 100), 12, J);
    Expr whole = plus(Exprs.floorDiv(at, 40), 40, Exprs.mod(at, 40));
    assertThat(Affine.of(whole, Ranges.of(Map.of("p", Range.ofExtent(200)))))
        .isEqualTo(Affine.of(at));
  }

  @Test
  void nestedDivisionsBecomeOne() {
    assertThat(simple(Exprs.floorDiv(Exprs.floorDiv(I, 2), 3))).isEqualTo(Exprs.floorDiv(I, 6));
    assertThat(simple(Exprs.mod(Exprs.mod(I, 6), 3))).isEqualTo(Exprs.mod(I, 3));
  }

  @Test
  void minimumIsDecidedByTheDifference() {
    Expr far = Exprs.add(I, Exprs.index(3));
    assertThat(simple(Exprs.min(far, I))).isEqualTo(I);
    assertThat(simple(Exprs.max(I, Exprs.index(0)))).isEqualTo(I);
  }

  @Test
  void keepsTheValueOfRandomExpressions() {
    Random random = new Random(5);
    for (int round = 0; round < 4000; round++) {
      Expr e = random(random, 4);
      Affine a = Affine.of(e, BOUNDS);
      Range range = a.range(BOUNDS);
      for (int t = 0; t < 30; t++) {
        Map<String, Long> at = new LinkedHashMap<>();
        at.put("i", (long) random.nextInt(12));
        at.put("j", (long) random.nextInt(5));
        at.put("k", (long) random.nextInt(3));
        long want = value(e, at);
        assertThat(value(a.expr(), at)).as("%s -> %s at %s", e, a.expr(), at).isEqualTo(want);
        assertThat(want).as("range of %s", a.expr()).isBetween(range.lo(), range.hi());
      }
      assertThat(Affine.of(a.expr(), BOUNDS)).as("canonical: %s", a.expr()).isEqualTo(a);
    }
  }

  private static Expr random(Random r, int depth) {
    if (depth == 0 || r.nextInt(5) == 0) {
      return r.nextInt(3) == 0
          ? Exprs.index(r.nextInt(21) - 6)
          : Exprs.var(NAMES.get(r.nextInt(3)));
    }
    Expr a = random(r, depth - 1);
    return switch (r.nextInt(9)) {
      case 0, 1, 2 -> Exprs.add(a, random(r, depth - 1));
      case 3 -> Exprs.sub(a, random(r, depth - 1));
      case 4 -> Exprs.mul(a, Exprs.index(r.nextInt(13) - 4));
      case 5 -> Exprs.floorDiv(a, 1 + r.nextInt(12));
      case 6 -> Exprs.mod(a, 1 + r.nextInt(12));
      case 7 -> Exprs.min(a, random(r, depth - 1));
      default -> Exprs.mul(a, random(r, depth - 1));
    };
  }

  private static long value(Expr e, Map<String, Long> at) {
    if (e instanceof Const c) {
      return c.integer();
    }
    if (e instanceof Var v) {
      return at.getOrDefault(v.name(), 0L);
    }
    Bin b = (Bin) e;
    long x = value(b.a(), at);
    long y = value(b.b(), at);
    if (b.op() == BinOp.FLOORDIV) {
      return Math.floorDiv(x, y);
    }
    return switch (b.op()) {
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case MOD -> Math.floorMod(x, y);
      case MIN -> Math.min(x, y);
      default -> Math.max(x, y);
    };
  }
}
