package dev.nncc.graph.random;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A recurrent layer step by step, as exporters write it that unroll loops. Most have a step that is
 * not quite like the others, or are no such layer for another reason.
 */
final class RecurrentGrowth {
  /** What makes one step unlike the others. */
  private enum Change {
    NONE,
    OWN_WEIGHTS,
    OWN_BIAS,
    STATE_RECTIFIED,
    OTHER_STATE,
    OTHER_FUNCTION,
    INPUT_FROM_STATE
  }

  /** Hidden state and cell state, [B,H]. */
  private record State(Value h, Value c) {}

  private record Weights(Value ofInputs, Value ofState, Value joined, Value bias) {}

  private final Growth g;
  private final Random random;
  private final DType dtype;
  private final boolean lstm;
  private final boolean join;
  private final List<Integer> order = new ArrayList<>();
  private final List<Value> inputs;
  private final long hidden;
  private final Value zeros;

  private RecurrentGrowth(Growth g, List<Value> inputs) {
    this.g = g;
    this.random = g.random;
    this.inputs = inputs;
    TensorType x = inputs.get(0).type();
    dtype = x.dtype();
    lstm = random.nextBoolean();
    join = random.nextBoolean();
    for (int i = 0; i < (lstm ? 4 : 2); i++) {
      order.add(random.nextInt(i + 1), i);
    }
    hidden = 1L + random.nextInt(5);
    zeros = g.constant(Tensor.filled(TensorType.of(dtype, x.dim(0), hidden), 0));
  }

  static void grow(Growth g) {
    try {
      List<Value> inputs = steps(g);
      if (!inputs.isEmpty()) {
        new RecurrentGrowth(g, inputs).layer();
      }
    } catch (ModelException e) {
      // A part of it is of no use on these inputs; what is there of it stays.
      return;
    }
  }

  /** What the steps read, each [B,I]: slices of a sequence, or a value times other numbers. */
  private static List<Value> steps(Growth g) {
    int axis = g.random.nextInt(2);
    Optional<Value> whole =
        g.any(v -> v.dtype().isFloat() && v.shape().rank() == 3 && v.type().dim(axis) > 1);
    List<Value> steps = new ArrayList<>();
    if (whole.isPresent() && g.random.nextInt(3) != 0) {
      Value x = whole.get();
      List<Long> sizes =
          new ArrayList<>(List.of(x.type().dim(0), x.type().dim(1), x.type().dim(2)));
      long count = Math.min(sizes.set(axis, 1L), 5);
      for (long t = 0; t < count; t++) {
        List<Long> starts = new ArrayList<>(List.of(0L, 0L, 0L));
        starts.set(axis, t);
        Value step = g.must(new Slice(starts, sizes, List.of(1L, 1L, 1L)), x);
        steps.add(g.must(new Reshape(Shape.of(x.type().dim(1 - axis), x.type().dim(2))), step));
      }
      return steps;
    }
    Value x = g.floats(2).orElseThrow(() -> new ModelException("no input"));
    int count = 2 + g.random.nextInt(4);
    for (int t = 0; t < count; t++) {
      Value times = g.scalar(x.dtype(), 1 + t / 4.0);
      steps.add(g.must(Elementwise.of(ElementwiseKind.MUL), x, times));
    }
    return steps;
  }

  private void layer() {
    Weights w = weights();
    State first = random.nextBoolean() ? new State(zeros, zeros) : new State(state(), state());
    State s = first;
    Change change =
        random.nextInt(3) == 0
            ? Change.NONE
            : Change.values()[random.nextInt(Change.values().length)];
    int changed = random.nextInt(inputs.size());
    for (int t = 0; t < inputs.size(); t++) {
      Change now = t == changed ? change : Change.NONE;
      State from =
          switch (now) {
            case STATE_RECTIFIED -> new State(op(ElementwiseKind.RELU, s.h()), s.c());
            case OTHER_STATE -> new State(first.h(), s.c());
            default -> s;
          };
      Weights with =
          switch (now) {
            case OWN_WEIGHTS -> weights();
            case OWN_BIAS -> new Weights(w.ofInputs(), w.ofState(), w.joined(), bias());
            default -> w;
          };
      s = step(now == Change.INPUT_FROM_STATE ? fed(s) : inputs.get(t), from, with, now);
    }
  }

  private Value state() {
    return g.weights(dtype, zeros.type().dim(0), hidden);
  }

  private Value bias() {
    return g.weights(dtype, order.size() * hidden);
  }

  private Weights weights() {
    long i = inputs.get(0).type().dim(1);
    long width = order.size() * hidden;
    return new Weights(
        g.weights(dtype, i, width),
        g.weights(dtype, hidden, width),
        g.weights(dtype, i + hidden, lstm ? width : hidden),
        bias());
  }

  /** An input that depends on the step before. */
  private Value fed(State s) {
    long i = inputs.get(0).type().dim(1);
    return g.must(new MatMul(false, false), s.h(), g.weights(dtype, hidden, i));
  }

  private State step(Value x, State s, Weights w, Change change) {
    Value sums;
    if (join && lstm) {
      sums = g.must(new MatMul(false, false), g.must(new Concat(1), x, s.h()), w.joined());
    } else {
      sums = g.must(new MatMul(false, false), x, w.ofInputs());
      if (!s.h().equals(zeros)) {
        sums =
            either(ElementwiseKind.ADD, sums, g.must(new MatMul(false, false), s.h(), w.ofState()));
      }
    }
    sums = either(ElementwiseKind.ADD, sums, w.bias());
    ElementwiseKind tanh =
        change == Change.OTHER_FUNCTION ? ElementwiseKind.SIGMOID : ElementwiseKind.TANH;
    return lstm ? longShort(sums, s, tanh) : gated(sums, x, s, w, tanh);
  }

  private State longShort(Value sums, State s, ElementwiseKind tanh) {
    Value fresh = either(ElementwiseKind.MUL, sigmoid(part(sums, 0)), op(tanh, part(sums, 1)));
    Value kept = either(ElementwiseKind.MUL, sigmoid(part(sums, 2)), s.c());
    Value c = either(ElementwiseKind.ADD, fresh, kept);
    Value out = sigmoid(part(sums, 3));
    return new State(either(ElementwiseKind.MUL, out, op(ElementwiseKind.TANH, c)), c);
  }

  private State gated(Value sums, Value x, State s, Weights w, ElementwiseKind tanh) {
    Value gates = sigmoid(sums);
    Value masked = either(ElementwiseKind.MUL, part(gates, 0), s.h());
    Value both = g.must(new Concat(1), x, masked);
    Value candidate = op(tanh, g.must(new MatMul(false, false), both, w.joined()));
    Value update = part(gates, 1);
    Value rest = op(ElementwiseKind.SUB, g.scalar(dtype, 1), update);
    Value fresh = either(ElementwiseKind.MUL, rest, candidate);
    Value h = either(ElementwiseKind.ADD, either(ElementwiseKind.MUL, update, s.h()), fresh);
    return new State(h, s.c());
  }

  /** The columns of a gate, which lie in any order. */
  private Value part(Value sums, int gate) {
    List<Long> starts = List.of(0L, order.get(gate) * hidden);
    List<Long> sizes = List.of(sums.type().dim(0), hidden);
    return g.must(new Slice(starts, sizes, Collections.nCopies(2, 1L)), sums);
  }

  private Value sigmoid(Value v) {
    return op(ElementwiseKind.SIGMOID, v);
  }

  /** With the operands in either order. */
  private Value either(ElementwiseKind kind, Value a, Value b) {
    return random.nextBoolean() ? op(kind, a, b) : op(kind, b, a);
  }

  private Value op(ElementwiseKind kind, Value... operands) {
    return g.must(Elementwise.of(kind), operands);
  }
}
