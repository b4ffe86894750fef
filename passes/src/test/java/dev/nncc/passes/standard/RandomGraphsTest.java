package dev.nncc.passes.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** The whole pipeline on graphs put together at random: it means the same and runs only once. */
class RandomGraphsTest {
  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void thePipelineKeepsTheMeaning(@ForAll int seed) {
    Graph before = graph(new Random(seed));
    PassOptions options = PassOptions.DEFAULT.withVerify(true);
    Pipeline pipeline = Pipelines.standard(options);
    Graph after = pipeline.run(before, new PassContext(options));
    Meaning.same(before, after, false);
    Graph twice = pipeline.run(after, new PassContext(options));
    assertThat(GraphText.of(twice)).as("run twice").isEqualTo(GraphText.of(after));
    assertThat(twice).isSameAs(after);
    assertThat(KernelLadder.nodes(after)).isLessThanOrEqualTo(KernelLadder.nodes(before) + 4);
  }

  private static Graph graph(Random random) {
    Model m = new Model();
    List<Value> values = new ArrayList<>();
    values.add(m.input("x", 1, 4, 6, 6));
    values.add(m.input("z", 2, 4, 3));
    int size = 4 + random.nextInt(20);
    while (values.size() < size) {
      Value v = values.get(random.nextInt(values.size()));
      Value other = values.get(random.nextInt(values.size()));
      values.add(node(m, v, other, random));
    }
    int outputs = 1 + random.nextInt(3);
    return m.build(values.subList(values.size() - outputs, values.size()).toArray(new Value[0]));
  }

  private static Value node(Model m, Value v, Value other, Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> elementwise(m, v, random);
      case 1 -> withConstant(m, v, random);
      case 2 -> binary(m, v, other, random);
      case 3, 4 -> movement(m, v, other, random);
      default -> heavy(m, v, random);
    };
  }

  private static Value elementwise(Model m, Value v, Random random) {
    return switch (random.nextInt(7)) {
      case 0 -> m.relu(v);
      case 1 -> m.op(ElementwiseKind.TANH, v);
      case 2 -> m.mul(v, m.op(ElementwiseKind.SIGMOID, v));
      case 3 -> m.op(Elementwise.of(ElementwiseKind.CLIP, -1, 2), v);
      case 4 -> m.op(ElementwiseKind.IDENTITY, v);
      case 5 -> m.op(ElementwiseKind.ABS, v);
      default -> m.op(ElementwiseKind.NEG, v);
    };
  }

  private static Value withConstant(Model m, Value v, Random random) {
    List<ElementwiseKind> kinds =
        List.of(
            ElementwiseKind.ADD,
            ElementwiseKind.MUL,
            ElementwiseKind.SUB,
            ElementwiseKind.DIV,
            ElementwiseKind.MIN,
            ElementwiseKind.MAX);
    ElementwiseKind kind = kinds.get(random.nextInt(kinds.size()));
    Value c;
    int rank = v.shape().rank();
    switch (random.nextInt(4)) {
      case 0 -> c = m.scalar(random.nextInt(3) - (kind == ElementwiseKind.DIV ? 4 : 1));
      case 1 -> c = m.weight(rank == 0 ? 1 : v.type().dim(rank - 1));
      case 2 -> {
        long[] extents = new long[Math.max(rank, 2)];
        java.util.Arrays.fill(extents, 1);
        extents[1] = rank > 1 ? v.type().dim(1) : 1;
        c = m.weight(extents);
      }
      default -> c = m.scalar(1.5);
    }
    boolean swap = random.nextInt(3) == 0 && kind != ElementwiseKind.DIV;
    return swap ? m.op(kind, c, v) : m.op(kind, v, c);
  }

  private static Value binary(Model m, Value v, Value other, Random random) {
    if (v.shape().equals(other.shape())) {
      return random.nextBoolean() ? m.add(v, other) : m.op(ElementwiseKind.SUB, v, other);
    }
    return m.add(v, m.op(ElementwiseKind.TANH, v));
  }

  private static Value movement(Model m, Value v, Value other, Random random) {
    int rank = v.shape().rank();
    if (rank == 0) {
      return m.op(new Expand(Shape.of(2, 3)), v);
    }
    int axis = random.nextInt(rank);
    long extent = v.type().dim(axis);
    List<Long> zeros = Collections.nCopies(rank, 0L);
    switch (random.nextInt(8)) {
      case 0 -> {
        List<Integer> perm = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
          perm.add(i);
        }
        Collections.shuffle(perm, random);
        return m.op(new Transpose(perm), v);
      }
      case 1 -> {
        return m.op(new Reshape(Shape.of(v.shape().elements())), v);
      }
      case 2 -> {
        List<Long> extents = new ArrayList<>();
        for (long e : v.shape().toArray()) {
          extents.add(e);
        }
        extents.add(random.nextInt(rank + 1), 1L);
        return rank < 5 ? m.op(new Reshape(Shape.of(extents)), v) : v;
      }
      case 3 -> {
        List<Long> starts = new ArrayList<>(zeros);
        List<Long> sizes = new ArrayList<>();
        for (long e : v.shape().toArray()) {
          sizes.add(e);
        }
        long start = random.nextInt((int) extent);
        starts.set(axis, start);
        sizes.set(axis, 1 + random.nextInt((int) (extent - start)) * 1L);
        return m.op(new Slice(starts, sizes, Collections.nCopies(rank, 1L)), v);
      }
      case 4 -> {
        boolean fits = v.shape().equals(other.shape()) && v.shape().elements() < 2000;
        return fits ? m.op(new Concat(axis), v, other) : m.op(new Concat(axis), v);
      }
      case 5 -> {
        List<Long> pads = new ArrayList<>(zeros);
        pads.set(axis, (long) random.nextInt(2));
        return v.shape().elements() < 2000 ? m.op(new Pad(pads, zeros, PadMode.CONSTANT, 0), v) : v;
      }
      case 6 -> {
        return m.op(new Gather(axis), v, m.longs(random.nextInt((int) extent)));
      }
      default -> {
        Value whole = m.op(new Reduce(ReduceKind.SUM, List.of(axis), true), v);
        return m.op(new Expand(v.shape()), whole);
      }
    }
  }

  private static Value heavy(Model m, Value v, Random random) {
    int rank = v.shape().rank();
    if (rank < 2) {
      return m.relu(v);
    }
    int choice = random.nextInt(6);
    if (rank == 4 && v.type().dim(2) > 1 && v.type().dim(3) > 1 && choice < 4) {
      List<Long> two = List.of(2L, 2L);
      List<Long> ones = List.of(1L, 1L);
      List<Long> none = List.of(0L, 0L);
      return switch (choice) {
        case 0 -> m.conv(v, 4, 3);
        case 1 -> m.batchNorm(m.convBias(v, 16, 1));
        case 2 -> m.op(new Pool(PoolKind.AVERAGE, two, ones, none, none, ones, false, false), v);
        default -> m.op(new Pool(PoolKind.MAX, two, two, none, none, ones, false, false), v);
      };
    }
    long last = v.type().dim(rank - 1);
    return switch (choice) {
      case 0 -> m.matmul(v, m.weight(last, 16));
      case 1 -> m.add(m.op(new MatMul(false, true), v, m.weight(16, last)), m.weight(16));
      case 2 -> m.op(new MatMul(false, true), v, v);
      case 3 -> m.op(new Softmax(rank - 1), v);
      case 4 -> m.op(new Reduce(ReduceKind.MEAN, List.of(rank - 1), random.nextBoolean()), v);
      default -> m.batchNorm(v);
    };
  }
}
