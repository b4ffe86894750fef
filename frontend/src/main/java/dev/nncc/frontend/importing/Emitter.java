package dev.nncc.frontend.importing;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Reshape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects the nodes of the graph to be. A node whose operands are all known is evaluated at once
 * if that is cheap: that folds arithmetic on shapes away. In the end only what the outputs need is
 * kept. Not thread-safe.
 */
public final class Emitter {
  /** Above these sizes folding is left to the constant folding pass, which may decide not to. */
  private static final long FOLDED_FLOATS = 1 << 14;

  private static final long FOLDED_INTEGERS = 1 << 20;
  private static final long FOLDED_OPERANDS = 1 << 20;

  private record Pending(Op op, List<Operand> operands, List<Operand> results, Origin origin) {}

  private final List<Operand> inputs = new ArrayList<>();
  private final List<Pending> nodes = new ArrayList<>();

  public Operand input(String name, TensorType type) {
    Operand o = Operand.computed(name, type);
    inputs.add(o);
    return o;
  }

  public List<Operand> emit(Origin origin, Op op, List<Operand> operands) {
    if (op instanceof Reshape r) {
      Operand x = operands.get(0);
      Tensor known = x.tensor();
      if (r.shape().equals(x.shape())) {
        return List.of(x);
      }
      if (known != null && r.shape().elements() == known.elements()) {
        return List.of(Operand.known(x.name(), known.reshaped(r.shape())));
      }
    }
    if (op instanceof Cast c && c.to() == operands.get(0).dtype()) {
      return operands;
    }
    List<TensorType> types = op.infer(operands.stream().map(Operand::type).toList());
    if (foldable(operands, types)) {
      return op.evaluate(operands.stream().map(Operand::tensor).toList()).stream()
          .map(t -> Operand.known("", t))
          .toList();
    }
    List<Operand> results = types.stream().map(t -> Operand.computed("", t)).toList();
    nodes.add(new Pending(op, List.copyOf(operands), results, origin));
    return results;
  }

  private static boolean foldable(List<Operand> operands, List<TensorType> results) {
    long read = 0;
    for (Operand o : operands) {
      if (!o.isKnown()) {
        return false;
      }
      read += o.shape().elements();
    }
    if (read > FOLDED_OPERANDS) {
      return false;
    }
    for (TensorType t : results) {
      // Overflow means that the declared shapes are absurd: the caller reports it.
      if (t.shape().elements() > (t.dtype().isFloat() ? FOLDED_FLOATS : FOLDED_INTEGERS)) {
        return false;
      }
    }
    return true;
  }

  /** The graph that computes the outputs: inputs all kept, nodes only if an output needs them. */
  public Graph finish(String name, List<String> outputNames, List<Operand> outputs) {
    return finish(name, outputNames, outputs, Map.of());
  }

  /**
   * The graph between values.
   *
   * @param cuts values that callers will give, by name, in this order; only the inputs that are
   *     needed beside them follow. Empty: all inputs
   * @throws ModelException if a cut is not needed for the outputs
   */
  public Graph finish(
      String name, List<String> outputNames, List<Operand> outputs, Map<String, Operand> cuts) {
    Set<Operand> given = Collections.newSetFromMap(new IdentityHashMap<>());
    given.addAll(cuts.values());
    Set<Operand> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    needed.addAll(outputs);
    List<Pending> kept = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Pending n = nodes.get(i);
      if (n.results().stream().anyMatch(o -> needed.contains(o) && !given.contains(o))) {
        needed.addAll(n.operands());
        kept.add(n);
      }
    }
    Collections.reverse(kept);

    GraphBuilder b = new GraphBuilder(name);
    Map<Operand, Value> values = new IdentityHashMap<>();
    cuts.forEach(
        (as, o) -> {
          require(needed.contains(o), "--inputs: '%s' is not needed for the outputs", as);
          values.put(o, b.input(as, o.type()));
        });
    for (Operand in : inputs) {
      if (!given.contains(in) && (cuts.isEmpty() || needed.contains(in))) {
        values.put(in, b.input(in.name(), in.type()));
      }
    }
    for (Pending n : kept) {
      List<Value> operands = n.operands().stream().map(o -> value(b, values, o)).toList();
      List<String> names = n.results().stream().map(Operand::name).toList();
      List<Value> results = b.add(n.origin(), names, n.op(), operands);
      for (int i = 0; i < results.size(); i++) {
        values.putIfAbsent(n.results().get(i), results.get(i));
      }
    }
    for (int i = 0; i < outputs.size(); i++) {
      b.output(outputNames.get(i), value(b, values, outputs.get(i)));
    }
    return b.build();
  }

  private static Value value(GraphBuilder b, Map<Operand, Value> values, Operand o) {
    Value made = values.get(o);
    if (made == null) {
      Tensor t = o.tensor();
      if (t == null) {
        throw new IllegalStateException("value " + o.name() + " is used before it is made");
      }
      made = b.constant(o.name(), t);
      values.put(o, made);
    }
    return made;
  }

  /** Names of the graph inputs that an operand is computed from, in the order of the inputs. */
  public List<String> inputsOf(Operand operand) {
    Set<Operand> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    needed.add(operand);
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (nodes.get(i).results().stream().anyMatch(needed::contains)) {
        needed.addAll(nodes.get(i).operands());
      }
    }
    return inputs.stream().filter(needed::contains).map(Operand::name).toList();
  }

  /** A known scalar of an element type. */
  public static Operand scalar(DType dtype, double value) {
    return Operand.known("", Tensor.filled(new TensorType(dtype, Shape.SCALAR), value));
  }
}
