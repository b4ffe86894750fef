package dev.nncc.passes.recurrent;

import static dev.nncc.passes.rewrite.RewriteContext.isKind;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One step of a recurrent layer, written out.
 *
 * @param lstm else a gated recurrent unit
 * @param out the hidden state behind the step, [B,H]
 * @param next what the next step is found by: the cell state of an LSTM, {@code out} of a GRU
 * @param before the same of the step before
 * @param masked {@code reset * before} of a GRU, which stands for the state in its last gate; else
 *     {@code before}
 * @param gates in ONNX's order: input, output, forget, cell; or update, reset, hidden
 * @param inner of a GRU whose reset gate multiplies the product of the state instead of the state:
 *     that product
 */
record Cell(
    boolean lstm,
    Value out,
    Value next,
    Rows before,
    Rows masked,
    List<Preactivation> gates,
    Optional<Preactivation> inner) {
  /** More are no cell. */
  private static final int MOST_SUMMANDS = 16;

  /**
   * What the step reads when a certain operand is its hidden state.
   *
   * @param inputs vectors that are no state, in the order in which they meet the weights
   */
  record Reading(Layer layer, List<Rows> inputs) {}

  /** The step whose last node this is. */
  static Optional<Cell> ending(Graph g, Node n) {
    if (n.results().size() != 1 || n.result().shape().rank() != 2) {
      return Optional.empty();
    }
    Optional<Cell> lstm = isKind(n, ElementwiseKind.MUL) ? lstm(g, n) : Optional.empty();
    Optional<Cell> found = isKind(n, ElementwiseKind.ADD) ? gru(g, n) : lstm;
    return found.filter(Cell::isUniform);
  }

  /** Whether no operand is broadcast. */
  private boolean isUniform() {
    long units = out.type().dim(1);
    boolean same = before.count() == out.type().dim(0) && next.type().equals(out.type());
    for (Preactivation p : gates) {
      same &= p.units() == units;
      same &= p.terms().stream().allMatch(t -> t.x().count() == before.count());
    }
    return same && Rows.last(before.of()) == units && out.dtype().isFloat();
  }

  /** {@code sigmoid(o) * tanh(next)}, {@code next = sigmoid(f) * before + sigmoid(i) * tanh(g)}. */
  private static Optional<Cell> lstm(Graph g, Node n) {
    for (int i = 0; i < 2; i++) {
      Value next = operand(g, n.operand(i), ElementwiseKind.TANH, 0);
      Node sum = next == null ? null : made(g, next, ElementwiseKind.ADD);
      for (int j = 0; next != null && sum != null && j < 2; j++) {
        Node fresh = made(g, sum.operand(j), ElementwiseKind.MUL);
        Node kept = made(g, sum.operand(1 - j), ElementwiseKind.MUL);
        for (int k = 0; fresh != null && kept != null && k < 4; k++) {
          Value input = fresh.operand(k % 2);
          Value forget = kept.operand(k / 2);
          Value before = kept.operand(1 - k / 2);
          Value cell = operand(g, fresh.operand(1 - k % 2), ElementwiseKind.TANH, 0);
          List<Preactivation> gates = gates(g, List.of(input, n.operand(1 - i), forget), cell);
          if (gates.size() == 4) {
            Rows from = Rows.all(before).source(g);
            return Optional.of(
                new Cell(true, n.result(), next, from, from, gates, Optional.empty()));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** {@code update * before + (1 - update) * tanh(..)}. */
  private static Optional<Cell> gru(Graph g, Node n) {
    for (int k = 0; k < 8; k++) {
      Node kept = made(g, n.operand(k % 2), ElementwiseKind.MUL);
      Node fresh = made(g, n.operand(1 - k % 2), ElementwiseKind.MUL);
      if (kept == null || fresh == null) {
        continue;
      }
      Value update = kept.operand(k / 2 % 2);
      Value before = kept.operand(1 - k / 2 % 2);
      Node rest = made(g, fresh.operand(k / 4), ElementwiseKind.SUB);
      Value hidden = operand(g, fresh.operand(1 - k / 4), ElementwiseKind.TANH, 0);
      if (rest == null
          || hidden == null
          || !rest.operand(1).equals(update)
          || !isOne(g, rest.operand(0))) {
        continue;
      }
      Cell open =
          new Cell(
              false,
              n.result(),
              n.result(),
              Rows.all(before).source(g),
              Rows.all(before),
              List.of(),
              Optional.empty());
      Optional<Cell> found = open.resetBefore(g, update, before, hidden);
      found = found.isPresent() ? found : open.resetAfter(g, update, hidden);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** In the tanh a product of {@code reset * before}. */
  private Optional<Cell> resetBefore(Graph g, Value update, Value before, Value hidden) {
    Optional<Preactivation> p = Preactivation.of(g, hidden, 0, Rows.last(hidden));
    for (Preactivation.Term t : p.map(Preactivation::terms).orElse(List.of())) {
      boolean whole = t.x().equals(Rows.all(t.x().of()));
      Value reset = whole ? factor(g, t.x().of(), before) : null;
      if (reset != null) {
        List<Preactivation> gates = gates(g, List.of(update, reset), hidden);
        if (gates.size() == 3) {
          return Optional.of(with(t.x(), gates, Optional.empty()));
        }
      }
    }
    return Optional.empty();
  }

  /** In the tanh {@code reset * product}, which is one of the state. */
  private Optional<Cell> resetAfter(Graph g, Value update, Value hidden) {
    List<Value> summands = summands(g, hidden);
    for (Value masked : summands) {
      Node product = made(g, masked, ElementwiseKind.MUL);
      for (int i = 0; product != null && i < 2; i++) {
        List<Value> others = new ArrayList<>(summands);
        others.remove(masked);
        List<Preactivation> gates = gates(g, List.of(update, product.operand(i)), null);
        long units = Rows.last(hidden);
        Preactivation.ofSum(g, others, 0, units).ifPresent(gates::add);
        Optional<Preactivation> inner = Preactivation.of(g, product.operand(1 - i), 0, units);
        if (gates.size() == 3 && inner.isPresent()) {
          return Optional.of(with(before, gates, inner));
        }
      }
    }
    return Optional.empty();
  }

  private Cell with(Rows masked, List<Preactivation> gates, Optional<Preactivation> inner) {
    return new Cell(lstm, out, next, before, masked, gates, inner);
  }

  /** What is added up, without what is broadcast to the sum's shape. */
  private static List<Value> summands(Graph g, Value sum) {
    List<Value> open = new ArrayList<>(List.of(sum));
    List<Value> out = new ArrayList<>();
    while (!open.isEmpty() && out.size() <= MOST_SUMMANDS) {
      Value v = open.remove(open.size() - 1);
      Node n = made(g, v, ElementwiseKind.ADD);
      boolean inner = n != null && n.operands().stream().allMatch(o -> isOfShape(g, o, v));
      if (inner && n != null) {
        open.addAll(n.operands());
      } else {
        out.add(v);
      }
    }
    return open.isEmpty() ? out : List.of();
  }

  private static boolean isOfShape(Graph g, Value v, Value sum) {
    return v.shape().equals(sum.shape()) || g.constant(v).isPresent();
  }

  private static boolean isOne(Graph g, Value v) {
    return g.constant(v).filter(t -> t.elements() == 1 && t.reader().number(0) == 1).isPresent();
  }

  /** What a product has beside {@code of}; null if it is no such product. */
  private static @Nullable Value factor(Graph g, Value v, Value of) {
    Node n = made(g, v, ElementwiseKind.MUL);
    if (n == null || !n.operands().contains(of)) {
      return null;
    }
    return n.operand(n.operand(0).equals(of) ? 1 : 0);
  }

  private static @Nullable Node made(Graph g, Value v, ElementwiseKind kind) {
    return g.producer(v).filter(n -> isKind(n, kind)).orElse(null);
  }

  private static @Nullable Value operand(Graph g, Value v, ElementwiseKind kind, int i) {
    Node n = made(g, v, kind);
    return n == null ? null : n.operand(i);
  }

  /** Fewer than given if one is not a sigmoid, or not of products. */
  private static List<Preactivation> gates(Graph g, List<Value> sigmoids, @Nullable Value last) {
    List<Preactivation> out = new ArrayList<>();
    for (Value v : sigmoids) {
      Value at = v;
      long column = 0;
      Node n = g.producer(at).orElse(null);
      while (n != null && n.op() instanceof Slice s && Preactivation.isOfColumns(s, n.operand(0))) {
        column += s.starts().get(at.shape().rank() - 1);
        at = n.operand(0);
        n = g.producer(at).orElse(null);
      }
      if (n == null || !isKind(n, ElementwiseKind.SIGMOID)) {
        return out;
      }
      Preactivation.of(g, n.operand(0), column, Rows.last(v)).ifPresent(out::add);
    }
    if (last != null) {
      Preactivation.of(g, last, 0, Rows.last(last)).ifPresent(out::add);
    }
    return out;
  }

  /**
   * What may be the state in front of the first step. The last is none of its operands: for a state
   * of zeros that has been computed away.
   */
  Set<Rows> states() {
    Set<Rows> states = new LinkedHashSet<>();
    if (lstm) {
      gates.get(0).terms().forEach(t -> states.add(t.x()));
    } else {
      states.add(before);
    }
    states.add(Rows.all(out));
    return states;
  }

  /** Empty if the gates do not read the state, or not all of them the same inputs. */
  Optional<Reading> reading(Rows state) {
    List<Layer.Gate> parts = new ArrayList<>();
    List<List<Rows>> inputs = new ArrayList<>();
    for (int i = 0; i < gates.size(); i++) {
      Rows stands = lstm || i < 2 ? state : masked;
      Preactivation gate = gates.get(i);
      List<Preactivation.Part> ofInputs = new ArrayList<>();
      List<Preactivation.Part> ofState = new ArrayList<>();
      List<Preactivation.Part> stateBiases = new ArrayList<>();
      List<Rows> read = new ArrayList<>();
      for (Preactivation.Term t : gate.terms()) {
        boolean isState = t.x().equals(stands);
        (isState ? ofState : ofInputs).add(t.weights());
        if (!isState) {
          read.add(t.x());
        }
      }
      if (i == 2 && inner.isPresent()) {
        if (!ofState.isEmpty()
            || !inner.get().terms().stream().allMatch(t -> t.x().equals(state))) {
          return Optional.empty();
        }
        inner.get().terms().forEach(t -> ofState.add(t.weights()));
        stateBiases.addAll(inner.get().biases());
      }
      inputs.add(read);
      if (ofState.size() > 1) {
        return Optional.empty();
      }
      parts.add(new Layer.Gate(ofInputs, ofState, gate.biases(), stateBiases));
    }
    boolean same = inputs.stream().allMatch(inputs.get(0)::equals) && !inputs.get(0).isEmpty();
    Layer layer = new Layer(lstm, inner.isPresent(), out.type().dim(1), parts);
    return same ? Optional.of(new Reading(layer, inputs.get(0))) : Optional.empty();
  }
}
