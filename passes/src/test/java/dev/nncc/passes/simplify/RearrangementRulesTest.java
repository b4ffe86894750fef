package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.RewritePass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Rules that look at chains of reshapes and transposes as a whole. */
class RearrangementRulesTest {
  private final Model m = new Model();

  private Value reshape(Value v, long... extents) {
    return m.op(new Reshape(Shape.of(extents)), v);
  }

  private Value transpose(Value v, Integer... perm) {
    return m.op(new Transpose(List.of(perm)), v);
  }

  private Value slice(Value v, List<Long> starts, List<Long> sizes) {
    return m.op(new Slice(starts, sizes, Collections.nCopies(starts.size(), 1L)), v);
  }

  @Test
  void movesHeadsAndTimeAtOnce() {
    Value rows = reshape(transpose(m.input("x", 2, 5, 12), 1, 0, 2), 5, 6, 4);
    of(new MergeMovements())
        .on(m.build(transpose(rows, 1, 0, 2)))
        .becomes(
            """
            in x: f64[2,5,12]
            %0 = Reshape(x) {shape=[2, 5, 3, 4]}
            %1 = Transpose(%0) {perm=[0, 2, 1, 3]}
            %2 = Reshape(%1) {shape=[6, 5, 4]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void takesAUnitAxisAlong() {
    Value v = transpose(m.input("x", 2, 3, 1, 4), 0, 2, 3, 1);
    of(new MergeMovements())
        .on(m.build(reshape(v, 2, 4, 3, 1)))
        .becomes("in x: f64[2,3,1,4]\n%0 = Transpose(x) {perm=[0, 3, 1, 2]}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void cancelsAShuffleThatIsUndone() {
    Value shuffled = transpose(reshape(m.input("x", 6, 5), 2, 3, 5), 1, 0, 2);
    Value back = transpose(reshape(reshape(shuffled, 6, 5), 3, 2, 5), 1, 0, 2);
    of(new MergeMovements(), new DropIdentity())
        .on(m.build(m.relu(reshape(back, 6, 5))))
        .becomes("in x: f64[6,5]\n%0 = Relu(x)\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsExtentsThatShareNoFactor() {
    Value v = transpose(m.input("x", 4, 3), 1, 0);
    of(new MergeMovements()).on(m.build(transpose(reshape(v, 2, 6), 1, 0))).doesNotFire();
  }

  @Test
  void keepsATransposeThatOthersReadWhereNothingIsSaved() {
    Value v = transpose(m.input("x", 4, 6, 5), 1, 2, 0);
    Value w = transpose(reshape(v, 6, 20), 1, 0);
    of(new MergeMovements()).on(m.build(w, m.relu(v))).doesNotFire();
  }

  /** Whatever the chain, one transpose at most is left of it, and the elements are in place. */
  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void shortensRandomChains(@ForAll int seed) {
    Random random = new Random(seed);
    Model model = new Model();
    List<Long> primes = new ArrayList<>(List.of(2L, 3L, 2L, 5L, 1L));
    Collections.shuffle(primes, random);
    Value v = model.input("x", primes.stream().mapToLong(p -> p).toArray());
    List<Long> dims = primes;
    for (int i = 0; i < 6; i++) {
      List<Integer> perm = new ArrayList<>();
      for (int a = 0; a < dims.size(); a++) {
        perm.add(a);
      }
      Collections.shuffle(perm, random);
      v = model.op(new Transpose(perm), v);
      dims = regrouped(v.shape(), random);
      v = model.op(new Reshape(Shape.of(dims)), v);
    }
    Graph before = model.build(v);
    RewritePass pass = RewritePass.of(new MergeMovements());
    Graph after = pass.apply(before, new PassContext(PassOptions.DEFAULT));
    Meaning.same(before, after, true);
    assertThat(count(after, "Transpose")).isLessThan(count(before, "Transpose"));
  }

  /** The extents with some neighbours joined, and some split. */
  private static List<Long> regrouped(Shape shape, Random random) {
    List<Long> dims = new ArrayList<>();
    for (long extent : shape.toArray()) {
      if (!dims.isEmpty() && random.nextInt(3) == 0) {
        dims.set(dims.size() - 1, dims.get(dims.size() - 1) * extent);
      } else if (extent % 2 == 0 && random.nextBoolean()) {
        dims.add(2L);
        dims.add(extent / 2);
      } else {
        dims.add(extent);
      }
    }
    return dims;
  }

  private static long count(Graph g, String op) {
    return g.nodes().stream().filter(n -> n.op().name().equals(op)).count();
  }

  @Test
  void reordersWeightsInPlaceOfAnImage() {
    Value flat = reshape(transpose(m.input("x", 2, 3, 4, 5), 0, 2, 3, 1), 2, 60);
    of(new FoldTransposeIntoWeights(), new MergeReshapes(), new FoldConstants(1 << 20))
        .on(m.build(m.matmul(flat, m.weight(60, 7))))
        .becomes(
            """
            in x: f64[2,3,4,5]
            %0 = Reshape(x) {shape=[2, 60]}
            %1 = MatMul(%0, #f64[60,7])
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void reordersTransposedWeights() {
    Value flat = reshape(transpose(m.input("x", 2, 3, 4), 0, 2, 1), 2, 12);
    of(new FoldTransposeIntoWeights(), new FoldConstants(1 << 20))
        .on(m.build(m.op(new MatMul(false, true), flat, m.weight(7, 12))))
        .meansTheSame();
  }

  @Test
  void keepsTheOrderOfSummationInFrontOfARounding() {
    Value flat = reshape(transpose(m.input("x", 2, 3, 4), 0, 2, 1), 2, 12);
    Value y = m.op(ElementwiseKind.DIV, m.matmul(flat, m.weight(12, 7)), m.scalar(0.1));
    of(new FoldTransposeIntoWeights()).on(m.build(m.op(ElementwiseKind.ROUND, y))).doesNotFire();
  }

  @Test
  void keepsATransposeOfTheBatch() {
    Value flat = reshape(transpose(m.input("x", 2, 3, 4), 1, 0, 2), 3, 8);
    of(new FoldTransposeIntoWeights()).on(m.build(m.matmul(flat, m.weight(8, 5)))).doesNotFire();
  }

  @Test
  void keepsAFlatteningOfOtherAxesThanThoseTransposed() {
    Value flat = reshape(transpose(m.input("x", 2, 3, 4), 1, 0, 2), 6, 4);
    of(new FoldTransposeIntoWeights()).on(m.build(m.matmul(flat, m.weight(4, 5)))).doesNotFire();
  }

  @Test
  void projectsRowsInTheOrderTheyComeIn() {
    Value q =
        m.add(m.matmul(transpose(m.input("x", 2, 5, 12), 1, 0, 2), m.weight(12, 12)), m.weight(12));
    of(
            new SinkTransposeBelowMatMul(),
            new MergeMovements(),
            new DropIdentity(),
            new FoldConstants(1 << 20),
            new MoveElementwiseBeforeMovement())
        .on(m.build(transpose(reshape(q, 5, 6, 4), 1, 0, 2)))
        .becomes(
            """
            in x: f64[2,5,12]
            %0 = MatMul(x, #f64[12,12])
            %1 = Add(%0, #f64[1,1,12])
            %2 = Reshape(%1) {shape=[2, 5, 3, 4]}
            %3 = Transpose(%2) {perm=[0, 2, 1, 3]}
            %4 = Reshape(%3) {shape=[6, 5, 4]}
            out %4
            """)
        .meansTheSame();
  }

  @Test
  void takesOnlyTheBatchOutOfTheTransposeOfHeads() {
    Value heads = reshape(transpose(m.input("x", 6, 5, 4), 1, 0, 2), 10, 12);
    Value y = reshape(m.matmul(heads, m.weight(12, 12)), 5, 2, 12);
    of(new SinkTransposeBelowMatMul(), new MergeMovements(), new DropIdentity())
        .on(m.build(transpose(y, 1, 0, 2)))
        .becomes(
            """
            in x: f64[6,5,4]
            %0 = Reshape(x) {shape=[2, 3, 5, 4]}
            %1 = Transpose(%0) {perm=[0, 2, 1, 3]}
            %2 = Reshape(%1) {shape=[2, 5, 12]}
            %3 = MatMul(%2, #f64[12,12])
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void keepsRowsThatNobodyTransposesBack() {
    Value y = m.matmul(transpose(m.input("x", 2, 5, 12), 1, 0, 2), m.weight(12, 12));
    of(new SinkTransposeBelowMatMul()).on(m.build(m.relu(y))).doesNotFire();
  }

  @Test
  void slicesQueriesKeysAndValuesWithoutMovingThem() {
    Value x = m.input("x", 1, 6, 3, 1, 4);
    Value t = transpose(x, 2, 0, 3, 1, 4);
    List<Long> sizes = List.of(1L, 1L, 1L, 6L, 4L);
    Value q = slice(t, List.of(0L, 0L, 0L, 0L, 0L), sizes);
    Value k = slice(t, List.of(1L, 0L, 0L, 0L, 0L), sizes);
    of(new SliceOfTranspose(), new TransposeToReshape())
        .on(m.build(q, k))
        .becomes(
            """
            in x: f64[1,6,3,1,4]
            %0 = Slice(x) {starts=[0, 0, 0, 0, 0], sizes=[1, 6, 1, 1, 4]}
            %1 = Reshape(%0) {shape=[1, 1, 1, 6, 4]}
            %2 = Slice(x) {starts=[0, 0, 1, 0, 0], sizes=[1, 6, 1, 1, 4]}
            %3 = Reshape(%2) {shape=[1, 1, 1, 6, 4]}
            out %1, %3
            """)
        .meansTheSame();
  }

  @Test
  void readsEverySecondChannel() {
    Value split = reshape(m.input("x", 1, 6, 4, 5), 3, 2, 20);
    Value odd = slice(split, List.of(0L, 1L, 0L), List.of(3L, 1L, 20L));
    of(new ReshapeOfSlice())
        .on(m.build(reshape(odd, 1, 3, 4, 5)))
        .becomes(
            """
            in x: f64[1,6,4,5]
            %0 = Slice(x) {starts=[0, 1, 0, 0], sizes=[1, 3, 4, 5], steps=[1, 2, 1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void readsOneOfTwoHalves() {
    Value split = reshape(m.input("x", 1, 6, 4, 5), 2, 3, 20);
    Value second = slice(split, List.of(1L, 0L, 0L), List.of(1L, 3L, 20L));
    of(new ReshapeOfSlice())
        .on(m.build(reshape(second, 1, 3, 4, 5)))
        .becomes(
            """
            in x: f64[1,6,4,5]
            %0 = Slice(x) {starts=[0, 3, 0, 0], sizes=[1, 3, 4, 5]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsAMiddleFactor() {
    Value split = reshape(m.input("x", 12, 5), 2, 3, 2, 5);
    Value part = slice(split, List.of(0L, 1L, 0L, 0L), List.of(2L, 1L, 2L, 5L));
    of(new ReshapeOfSlice()).on(m.build(reshape(part, 4, 5))).doesNotFire();
  }

  @Test
  void normalisesAlongTheAxisAsItWas() {
    Value t = transpose(m.input("x", 2, 3, 4, 5), 0, 2, 3, 1);
    of(new SoftmaxOfTranspose(), new MergeTransposes(), new DropIdentity())
        .on(m.build(transpose(m.op(new Softmax(3), t), 0, 3, 1, 2)))
        .becomes("in x: f64[2,3,4,5]\n%0 = Softmax(x) {axis=1}\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsASoftmaxThatIsNotTransposedBack() {
    Value t = transpose(m.input("x", 2, 3, 4, 5), 0, 2, 3, 1);
    of(new SoftmaxOfTranspose()).on(m.build(m.relu(m.op(new Softmax(3), t)))).doesNotFire();
  }

  @Test
  void keepsAMeanBesideTheTransposeThatOthersRead() {
    Value t = transpose(m.input("x", 3, 4), 1, 0);
    Value mean = m.op(new Reduce(ReduceKind.MEAN, List.of(1), true), t);
    of(new ReduceOfTranspose()).on(m.build(m.add(t, mean))).doesNotFire();
  }
}
