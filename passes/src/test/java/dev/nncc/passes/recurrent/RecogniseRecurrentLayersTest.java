package dev.nncc.passes.recurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.GraphText;
import dev.nncc.passes.Meaning;
import dev.nncc.passes.Model;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.RewritePass;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sequences of 4 steps; 2 sequences of 3 numbers, 5 units. */
class RecogniseRecurrentLayersTest {
  private static final long B = 2;
  private static final long I = 3;
  private static final long H = 5;

  private final Model m = new Model();
  private int named;
  private final Value zeros = m.constant(Shape.of(B, H), i -> 0);
  private final Value one = m.constant(Shape.of(), i -> 1);

  /** Hidden state and cell state. */
  private record State(Value h, Value c) {}

  private interface Cell {
    State step(Value x, State before);
  }

  private static String raised(Graph g) {
    PassContext context = new PassContext(PassOptions.DEFAULT);
    Graph after = new RecogniseRecurrentLayers().apply(g, context);
    assertThat(Pipeline.firstWrong(after)).isEmpty();
    assertThat(new RecogniseRecurrentLayers().apply(after, context)).as("twice").isSameAs(after);
    if (after != g) {
      Meaning.same(g, after, false);
    }
    return after == g ? "same" : GraphText.of(after);
  }

  private Value part(Value v, long k) {
    return m.op(new Slice(List.of(0L, k * H), List.of(B, H), List.of(1L, 1L)), v);
  }

  private Value sigmoid(Value v) {
    return m.op(ElementwiseKind.SIGMOID, v);
  }

  private Value tanh(Value v) {
    return m.op(ElementwiseKind.TANH, v);
  }

  private Value concat(Value... parts) {
    return m.op(new Concat(1), parts);
  }

  /** One product of both vectors; the forget gate has a bias of 1 besides. */
  private Cell lstm(long inputs) {
    Value w = m.weight(inputs + H, 4 * H);
    Value bias = m.weight(4 * H);
    return (x, s) -> {
      Value z = m.add(m.matmul(concat(x, s.h()), w), bias);
      Value forget = sigmoid(m.add(part(z, 2), one));
      Value fresh = m.mul(sigmoid(part(z, 0)), tanh(part(z, 1)));
      Value c = m.add(m.mul(s.c(), forget), fresh);
      return new State(m.mul(tanh(c), sigmoid(part(z, 3))), c);
    };
  }

  /** Two products; in the first step that of the state has been computed: it is zero. */
  private Cell folded(long inputs) {
    Value w = m.weight(inputs, 4 * H);
    Value r = m.weight(H, 4 * H);
    Value bias = m.weight(4 * H);
    Value nothing = m.constant(Shape.of(4 * H), i -> 0);
    return (x, s) -> {
      Value recurrent = s.h().equals(zeros) ? nothing : m.matmul(s.h(), r);
      Value z = m.add(m.add(m.matmul(x, w), recurrent), bias);
      Value fresh = m.mul(sigmoid(part(z, 0)), tanh(part(z, 2)));
      Value c = m.add(m.mul(sigmoid(part(z, 1)), s.c()), fresh);
      return new State(m.mul(sigmoid(part(z, 3)), tanh(c)), c);
    };
  }

  private Cell gru(long inputs) {
    Value w = m.weight(inputs + H, 2 * H);
    Value bias = m.weight(2 * H);
    Value hidden = m.weight(inputs + H, H);
    return (x, s) -> {
      Value gates = sigmoid(m.add(m.matmul(concat(x, s.h()), w), bias));
      Value masked = m.mul(part(gates, 0), s.h());
      Value candidate = tanh(m.matmul(concat(x, masked), hidden));
      Value update = part(gates, 1);
      Value rest = m.op(ElementwiseKind.SUB, one, update);
      return new State(m.add(m.mul(update, s.h()), m.mul(rest, candidate)), s.c());
    };
  }

  /** As Keras and PyTorch make it: what is reset is a product. */
  private Cell resetAfter(Value weights) {
    Value r = m.weight(H, 3 * H);
    Value bias = m.weight(3 * H);
    Value stateBias = m.weight(3 * H);
    return (x, s) -> {
      // Already a product where the inputs of all steps were multiplied at once.
      Value z = m.add(Rows.last(x) == 3 * H ? x : m.matmul(x, weights), bias);
      Value inner = m.add(m.matmul(s.h(), r), stateBias);
      Value update = sigmoid(m.add(part(z, 0), part(inner, 0)));
      Value reset = sigmoid(m.add(part(z, 1), part(inner, 1)));
      Value candidate = tanh(m.add(part(z, 2), m.mul(reset, part(inner, 2))));
      Value rest = m.op(ElementwiseKind.SUB, one, update);
      return new State(m.add(m.mul(update, s.h()), m.mul(rest, candidate)), s.c());
    };
  }

  /** Step t of [B,T,N]. */
  private Value step(Value x, long t) {
    long n = Rows.last(x);
    Slice s = new Slice(List.of(0L, t, 0L), List.of(B, 1L, n), List.of(1L, 1L, 1L));
    return m.op(new Reshape(Shape.of(B, n)), m.op(s, x));
  }

  /** Step t of [T,B,N]. */
  private Value timeStep(Value x, long t) {
    long n = Rows.last(x);
    Slice s = new Slice(List.of(t, 0L, 0L), List.of(1L, B, n), List.of(1L, 1L, 1L));
    return m.op(new Reshape(Shape.of(B, n)), m.op(s, x));
  }

  private List<State> run(Cell cell, int steps, Value x, State first) {
    List<State> states = new ArrayList<>(List.of(first));
    for (int t = 0; t < steps; t++) {
      states.add(cell.step(step(x, t), states.get(t)));
    }
    return states.subList(1, states.size());
  }

  private Value sequence(long steps) {
    return m.input("x" + (named++ == 0 ? "" : named), B, steps, I);
  }

  @Test
  void stepsOfALstmBecomeOneOperator() {
    State first = new State(m.input("h", B, H), m.input("c", B, H));
    List<State> s = run(lstm(I), 4, sequence(4), first);
    assertThat(raised(m.build(s.get(1).h(), s.get(3).h(), s.get(3).c())))
        .isEqualTo(
            """
            in h: f64[2,5]
            in c: f64[2,5]
            in x: f64[2,4,3]
            %0 = Slice(x) {starts=[0, 0, 0], sizes=[2, 4, 3]}
            %1 = Transpose(%0) {perm=[1, 0, 2]}
            %2 = Reshape(h) {shape=[1, 2, 5]}
            %3 = Reshape(c) {shape=[1, 2, 5]}
            %4, %5, %6 = Lstm(%1, #f64[1,20,3], #f64[1,20,5], #f64[1,40], %2, %3) {hidden=5}
            %7 = Reshape(%4) {shape=[4, 2, 5]}
            %8 = Slice(%7) {starts=[1, 0, 0], sizes=[1, 2, 5]}
            %9 = Reshape(%8) {shape=[2, 5]}
            %10 = Slice(%7) {starts=[3, 0, 0], sizes=[1, 2, 5]}
            %11 = Reshape(%10) {shape=[2, 5]}
            %12 = Reshape(%6) {shape=[2, 5]}
            out %9, %11, %12
            """);
  }

  @Test
  void aFirstStepWithoutStateBelongsToTheLayer() {
    List<State> s = run(folded(I), 4, sequence(4), new State(zeros, zeros));
    String text = raised(m.build(s.get(3).h()));
    assertThat(text).contains("Lstm(").doesNotContain("Tanh").contains("shape=[4, 2, 5]");
  }

  @Test
  void aProductOfTheStateMayBeReset() {
    State first = new State(m.input("h", B, H), zeros);
    List<State> s = run(resetAfter(m.weight(I, 3 * H)), 4, sequence(4), first);
    assertThat(raised(m.build(s.get(3).h())))
        .isEqualTo(
            """
            in h: f64[2,5]
            in x: f64[2,4,3]
            %0 = Slice(x) {starts=[0, 0, 0], sizes=[2, 4, 3]}
            %1 = Transpose(%0) {perm=[1, 0, 2]}
            %2 = Reshape(h) {shape=[1, 2, 5]}
            %3, %4 = Gru(%1, #f64[1,15,3], #f64[1,15,5], #f64[1,30], %2) {hidden=5, linearBeforeReset=true}
            %5 = Reshape(%3) {shape=[4, 2, 5]}
            %6 = Slice(%5) {starts=[3, 0, 0], sizes=[1, 2, 5]}
            %7 = Reshape(%6) {shape=[2, 5]}
            out %7
            """);
  }

  @Test
  void inputsOfAllStepsMayBeMultipliedAtOnce() {
    Value weights = m.weight(I, 3 * H);
    Value all = m.op(new Transpose(List.of(1, 0, 2)), sequence(4));
    Value flat = m.op(new Reshape(Shape.of(4 * B, I)), all);
    Value product = m.op(new Reshape(Shape.of(4, B, 3 * H)), m.matmul(flat, weights));
    Cell cell = resetAfter(weights);
    State s = new State(m.input("h", B, H), zeros);
    for (int t = 0; t < 4; t++) {
      s = cell.step(timeStep(product, t), s);
    }
    assertThat(raised(m.build(s.h())))
        .contains("Gru(", "Slice(x) {starts=[0, 0, 0], sizes=[2, 4, 3]}", "linearBeforeReset")
        .doesNotContain("MatMul");
  }

  @Test
  void stepsMayGoBackwards() {
    Value product = m.matmul(m.input("x", 4, B, I), m.weight(I, 3 * H));
    Cell cell = resetAfter(m.weight(I, 3 * H));
    State s = new State(zeros, zeros);
    for (int t = 3; t >= 0; t--) {
      s = cell.step(timeStep(product, t), s);
    }
    assertThat(raised(m.build(s.h())))
        .contains("Gru(", "Slice(x) {starts=[3, 0, 0], sizes=[4, 2, 3], steps=[-1, 1, 1]}")
        .doesNotContain("MatMul");
  }

  @Test
  void aFirstStepWhoseProductWasComputedBelongsToTheLayer() {
    Value weights = m.weight(I, 3 * H);
    Cell cell = resetAfter(weights);
    List<State> s = run(cell, 4, sequence(4), new State(zeros, zeros));
    PassContext context = new PassContext(PassOptions.DEFAULT);
    Graph g = m.build(s.get(3).h());
    Graph folded =
        new RewritePass("fold", "", List.of(new FoldConstants(1 << 20))).apply(g, context);
    assertThat(folded).isNotSameAs(g);
    assertThat(raised(folded)).contains("Gru(").doesNotContain("Tanh");
  }

  @Test
  void resetsOfOtherThingsStay() {
    Value w = m.weight(I, 3 * H);
    Value r = m.weight(H, 3 * H);
    for (int kind = 0; kind < 3; kind++) {
      int k = kind;
      Cell cell =
          (x, s) -> {
            Value z = m.matmul(x, w);
            Value inner = m.matmul(s.h(), r);
            Value update = sigmoid(m.add(part(z, 0), part(inner, 0)));
            Value reset = sigmoid(m.add(part(z, 1), part(inner, 1)));
            // The input is reset as well; the state is read twice; another gate's part is left.
            Value what = k == 0 ? m.add(part(inner, 2), part(z, 2)) : part(inner, 2);
            Value plain = k == 1 ? m.add(part(z, 2), part(inner, 0)) : part(z, 2);
            Value candidate = tanh(m.add(plain, m.mul(k == 2 ? update : reset, what)));
            Value rest = m.op(ElementwiseKind.SUB, one, k == 2 ? reset : update);
            return new State(m.add(m.mul(update, s.h()), m.mul(rest, candidate)), s.c());
          };
      List<State> s = run(cell, 4, sequence(4), new State(m.input("h" + k, B, H), zeros));
      assertThat(raised(m.build(s.get(3).h()))).as("kind %d", k).isEqualTo("same");
    }
  }

  @Test
  void layersOnTopOfEachOtherAreTold() {
    Cell low = gru(I);
    Cell high = gru(H);
    Value x = sequence(4);
    State a = new State(zeros, zeros);
    State b = a;
    for (int t = 0; t < 4; t++) {
      a = low.step(step(x, t), a);
      b = high.step(a.h(), b);
    }
    String text = raised(m.build(b.h()));
    assertThat(text.split("Gru\\(", -1)).hasSize(3);
    assertThat(text).doesNotContain("Concat").doesNotContain("Tanh");
  }

  @Test
  void inputsFromAnywhereAreJoined() {
    Cell cell = gru(I);
    State s = new State(zeros, zeros);
    for (int t = 0; t < 4; t++) {
      s = cell.step(m.input("x" + t, B, I), s);
    }
    assertThat(raised(m.build(s.h()))).contains("Gru(").contains("{axis=0}");
  }

  @Test
  void stepsThatReadWhatAStateBecameStay() {
    Cell cell = lstm(I);
    Value back = m.weight(H, I);
    State s = new State(zeros, zeros);
    Value x = m.input("x", B, I);
    for (int t = 0; t < 4; t++) {
      s = cell.step(x, s);
      x = m.relu(m.matmul(s.h(), back));
    }
    assertThat(raised(m.build(s.h()))).isEqualTo("same");
  }

  @Test
  void stepsWithWeightsOfTheirOwnStay() {
    Value x = sequence(4);
    State s = new State(zeros, zeros);
    for (int t = 0; t < 4; t++) {
      s = lstm(I).step(step(x, t), s);
    }
    assertThat(raised(m.build(s.h()))).isEqualTo("same");
  }

  @Test
  void otherCellsStay() {
    // The state passes through a function between the steps.
    Cell inner = gru(I);
    Cell cell = (x, s) -> new State(m.relu(inner.step(x, s).h()), s.c());
    List<State> s = run(cell, 4, sequence(4), new State(zeros, zeros));
    assertThat(raised(m.build(s.get(3).h()))).isEqualTo("same");
  }

  @Test
  void oneOfTwoStepsBehindTheSameStateBelongsToTheLayer() {
    Cell cell = gru(I);
    Value x = sequence(4);
    List<State> s = run(cell, 4, x, new State(zeros, zeros));
    State other = cell.step(step(x, 1), s.get(2));
    assertThat(raised(m.build(s.get(3).h(), other.h()))).contains("Gru(").contains("{hidden=5}");
  }

  @Test
  void twoStepsStay() {
    List<State> s = run(lstm(I), 2, sequence(2), new State(zeros, zeros));
    assertThat(raised(m.build(s.get(1).h()))).isEqualTo("same");
  }

  @Test
  void gatesThatAreSpreadOverUnitsStay() {
    Value w = m.weight(I + H, 3 * H + 1);
    Cell cell =
        (x, s) -> {
          Value z = m.matmul(concat(x, s.h()), w);
          Slice last = new Slice(List.of(0L, 3 * H), List.of(B, 1L), List.of(1L, 1L));
          Value out = sigmoid(m.op(last, z));
          Value c =
              m.add(
                  m.mul(sigmoid(part(z, 0)), s.c()), m.mul(sigmoid(part(z, 1)), tanh(part(z, 2))));
          return new State(m.mul(out, tanh(c)), c);
        };
    List<State> s = run(cell, 4, sequence(4), new State(zeros, zeros));
    assertThat(raised(m.build(s.get(3).h()))).isEqualTo("same");
  }
}
