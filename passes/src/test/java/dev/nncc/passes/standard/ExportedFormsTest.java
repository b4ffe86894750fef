package dev.nncc.passes.standard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of the forms in which frameworks write what spans several kernels. */
class ExportedFormsTest {
  private static final String ATTENTION = "[[MatMul Mul] [Softmax] [MatMul]]";

  private final Model m = new Model();

  /** The operators in their order, those of regions in brackets. */
  private String optimised(Value y) {
    PassOptions options = PassOptions.DEFAULT.withVerify(true);
    Graph before = m.build(y);
    Graph after = Pipelines.standard(options).run(before, new PassContext(options));
    Meaning.same(before, after, false);
    return text(after);
  }

  private static String text(Graph g) {
    List<String> names = new ArrayList<>();
    for (Node n : g.nodes()) {
      if (n.op() instanceof Fused f) {
        names.add("[" + text(f.body()) + "]");
      } else if (!n.op().name().equals("Constant")) {
        names.add(n.op().name());
      }
    }
    return String.join(" ", names);
  }

  private Value reshape(Value v, long... extents) {
    return m.op(new Reshape(Shape.of(extents)), v);
  }

  private Value transpose(Value v, Integer... perm) {
    return m.op(new Transpose(List.of(perm)), v);
  }

  private Value softmax(Value scores) {
    return m.op(new Softmax(3), scores);
  }

  private Value linear(Value v) {
    return m.add(m.matmul(v, m.weight(8, 8)), m.weight(8));
  }

  private Value heads(Value v) {
    return transpose(reshape(v, 1, 6, 2, 4), 0, 2, 1, 3);
  }

  /** With the scale on both factors of the scores, and the mask as a constant that is added. */
  @Test
  void causalAttentionAsPyTorchWritesIt() {
    Value x = m.input("x", 1, 6, 8);
    Value root = m.scalar(Math.sqrt(0.5));
    Value q = m.mul(heads(linear(x)), root);
    Value k = m.mul(transpose(heads(linear(x)), 0, 1, 3, 2), root);
    Value mask = m.constant(Shape.of(6, 6), i -> i % 6 > i / 6 ? -1e9 : 0);
    Value y = m.matmul(softmax(m.add(m.matmul(q, k), mask)), heads(linear(x)));
    assertThat(optimised(linear(reshape(transpose(y, 0, 2, 1, 3), 1, 6, 8))))
        .isEqualTo(
            "[MatMul Add] Slice Slice Slice Reshape Transpose Reshape Transpose Reshape Transpose "
                + "[[MatMul Add] [Softmax] [MatMul]] Transpose Reshape [MatMul Add]");
  }

  private Value scores(Value k) {
    return m.matmul(m.input("q", 1, 4, 6, 4), transpose(k, 0, 1, 3, 2));
  }

  @Test
  void causalAttentionByAChoice() {
    Value s = m.op(ElementwiseKind.DIV, scores(m.input("k", 1, 4, 6, 4)), m.scalar(2));
    Value row = m.constant(Shape.of(6, 1), i -> i);
    Value column = m.constant(Shape.of(1, 6), i -> i);
    Value visible = m.op(ElementwiseKind.LESS_OR_EQUAL, column, row);
    Value masked = m.op(ElementwiseKind.WHERE, visible, s, m.scalar(-1e30));
    assertThat(optimised(m.matmul(softmax(masked), m.input("v", 1, 4, 6, 4))))
        .isEqualTo("[[MatMul Mul Where] [Softmax] [MatMul]]");
  }

  private Value forAllHeads(Value v) {
    return m.op(new Expand(Shape.of(1, 4, 6, 4)), reshape(v, 1, 1, 6, 4));
  }

  @Test
  void headsThatShareOneOfKeysAndOneOfValues() {
    Value s = m.mul(scores(forAllHeads(m.input("k", 1, 6, 4))), m.scalar(0.5));
    assertThat(optimised(m.matmul(softmax(s), forAllHeads(m.input("v", 1, 6, 4)))))
        .isEqualTo("Reshape Reshape " + ATTENTION);
  }

  private Value forTwoHeads(Value v) {
    Value each = m.op(new Expand(Shape.of(1, 2, 2, 6, 4)), reshape(v, 1, 2, 1, 6, 4));
    return reshape(each, 1, 4, 6, 4);
  }

  @Test
  void headsThatShareTheirKeysInGroups() {
    Value s = m.mul(scores(forTwoHeads(m.input("k", 1, 2, 6, 4))), m.scalar(0.5));
    assertThat(optimised(m.matmul(softmax(s), forTwoHeads(m.input("v", 1, 2, 6, 4)))))
        .isEqualTo("Reshape Expand Reshape Reshape Expand Reshape " + ATTENTION);
  }

  private Value every(Value v, int axis, long start) {
    List<Long> starts = new ArrayList<>(List.of(0L, 0L, 0L, 0L));
    List<Long> sizes = new ArrayList<>(v.shape().dims().stream().map(d -> d.value()).toList());
    List<Long> steps = new ArrayList<>(List.of(1L, 1L, 1L, 1L));
    starts.set(axis, start);
    sizes.set(axis, sizes.get(axis) / 2);
    steps.set(axis, 2L);
    return m.op(new Slice(starts, sizes, steps), v);
  }

  @Test
  void spaceToDepthAsFourSlicesOfSlices() {
    Value x = m.input("x", 1, 3, 8, 8);
    Value[] parts = new Value[4];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = every(every(x, 2, i % 2), 3, i / 2);
    }
    assertThat(optimised(m.relu(m.conv(m.op(new Concat(1), parts), 16, 3))))
        .isEqualTo("Slice Slice Slice Slice Concat [Conv Relu]");
  }

  @Test
  void spaceToDepthAsATranspose() {
    Value split = reshape(m.input("x", 1, 3, 8, 8), 1, 3, 4, 2, 4, 2);
    Value y = reshape(transpose(split, 0, 3, 5, 1, 2, 4), 1, 12, 4, 4);
    assertThat(optimised(m.relu(m.conv(y, 16, 3))))
        .isEqualTo("Reshape Transpose Reshape [Conv Relu]");
  }

  private Value shuffled(Value v, long groups) {
    Value split = reshape(v, 1, groups, 32 / groups, 4, 4);
    return reshape(transpose(split, 0, 2, 1, 3, 4), 1, 32, 4, 4);
  }

  @Test
  void aChannelShuffle() {
    Value c = m.conv(m.input("x", 1, 8, 4, 4), 32, 1);
    assertThat(optimised(m.conv(shuffled(m.relu(c), 2), 16, 3)))
        .isEqualTo("[Conv Relu] Reshape Transpose Reshape Conv");
  }

  @Test
  void aChannelShuffleThatIsUndone() {
    Value c = m.conv(m.input("x", 1, 8, 4, 4), 32, 1);
    assertThat(optimised(m.conv(shuffled(m.relu(shuffled(c, 2)), 16), 16, 3)))
        .isEqualTo("[Conv Relu] Conv");
  }

  private Value toLast(Value v) {
    return transpose(v, 0, 2, 3, 1);
  }

  private Value toFirst(Value v) {
    return transpose(v, 0, 3, 1, 2);
  }

  /** Each convolution between two transposes; pad, bias, sum and mean with the channels last. */
  @Test
  void aNetworkWithTheChannelsLastAsTf2OnnxWritesIt() {
    Value x = toFirst(m.input("x", 1, 8, 8, 3));
    Value a = m.add(toLast(m.relu(m.conv(x, 16, 3))), m.weight(16));
    Value sum = m.relu(m.add(toLast(m.conv(toFirst(a), 16, 3)), a));
    List<Long> one = List.of(0L, 1L, 1L, 0L);
    Value padded = toFirst(m.op(new Pad(one, one, PadMode.CONSTANT, 0), sum));
    List<Long> none = List.of(0L, 0L);
    Conv conv = new Conv(List.of(2L, 2L), none, none, List.of(1L, 1L), 1);
    Value y = toLast(m.op(conv, padded, m.weight(16, 16, 3, 3)));
    Value mean = m.op(new Reduce(ReduceKind.MEAN, List.of(1, 2), false), y);
    assertThat(optimised(m.add(m.matmul(mean, m.weight(16, 5)), m.weight(5))))
        .isEqualTo(
            "Transpose [Conv Relu Add] [Conv Add Relu] Conv Reduce Reshape [MatMul Add] Reshape");
  }
}
