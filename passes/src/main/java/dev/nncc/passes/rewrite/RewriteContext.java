package dev.nncc.passes.rewrite;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a rule sees of the graph around its root, and how it makes new nodes. */
public final class RewriteContext {
  /** Elements that are looked at to see whether they are all alike. */
  private static final long UNIFORM_LIMIT = 1 << 16;

  private final WorkGraph graph;
  private final List<Node> made = new ArrayList<>();
  private int nextId;

  RewriteContext(WorkGraph graph) {
    this.graph = graph;
    this.nextId = graph.nextId();
  }

  /** The node that makes a value; empty for graph inputs. */
  public Optional<Node> producer(Value v) {
    for (Node n : made) {
      if (n.results().contains(v)) {
        return Optional.of(n);
      }
    }
    return graph.producer(v);
  }

  /** The producer if its operator is of this kind. */
  public Optional<Node> producer(Value v, Class<? extends Op> kind) {
    return producer(v).filter(n -> kind.isInstance(n.op()));
  }

  /** The producer if it is this elementwise function. */
  public Optional<Node> producer(Value v, ElementwiseKind kind) {
    return producer(v).filter(n -> isKind(n, kind));
  }

  public static boolean isKind(Node n, ElementwiseKind kind) {
    return n.op() instanceof Elementwise e && e.kind() == kind;
  }

  /** The number that all elements of a small constant are; empty for others. */
  public OptionalDouble uniform(Value v) {
    Optional<Tensor> t = constant(v);
    if (t.isEmpty() || t.get().elements() == 0 || t.get().elements() > UNIFORM_LIMIT) {
      return OptionalDouble.empty();
    }
    Tensor.Elements e = t.get().reader();
    double first = e.number(0);
    for (long i = 1; i < t.get().elements(); i++) {
      if (Double.compare(e.number(i), first) != 0) {
        return OptionalDouble.empty();
      }
    }
    return OptionalDouble.of(first);
  }

  /** Whether a constant's elements are all this number. */
  public boolean isUniform(Value v, double number) {
    OptionalDouble u = uniform(v);
    return u.isPresent() && u.getAsDouble() == number;
  }

  /** The producer if its operator is of this kind and nobody but one operand reads the value. */
  public Optional<Node> onlyFor(Value v, Class<? extends Op> kind) {
    return hasOneUse(v) ? producer(v, kind) : Optional.empty();
  }

  /** The tensor of a value made by a {@link Constant}. */
  public Optional<Tensor> constant(Value v) {
    return producer(v)
        .flatMap(n -> n.op() instanceof Constant c ? Optional.of(c.tensor()) : Optional.empty());
  }

  public boolean isConstant(Value v) {
    return producer(v, Constant.class).isPresent();
  }

  /** The nodes that read a value, each once, in a defined order. */
  public List<Node> users(Value v) {
    return graph.users(v);
  }

  public boolean isOutput(Value v) {
    return graph.isOutput(v);
  }

  /** Whether exactly one operand position reads the value and it is no graph output. */
  public boolean hasOneUse(Value v) {
    return graph.useCount(v) == 1 && !graph.isOutput(v);
  }

  /** Makes a node with one result. */
  public Value add(Op op, Value... operands) {
    List<Value> results = addAll(op, List.of(operands));
    if (results.size() != 1) {
      throw new IllegalStateException(op.name() + " has " + results.size() + " results");
    }
    return results.get(0);
  }

  /** Makes a node. */
  public List<Value> addAll(Op op, List<Value> operands) {
    List<Value> results = new ArrayList<>();
    for (TensorType t : op.infer(operands.stream().map(Value::type).toList())) {
      results.add(new Value(nextId++, "", t));
    }
    made.add(new Node(op, operands, results, Origin.NONE));
    return results;
  }

  /** Makes an elementwise node. */
  public Value add(ElementwiseKind kind, Value... operands) {
    return add(Elementwise.of(kind), operands);
  }

  public Value constant(Tensor tensor) {
    return add(new Constant(tensor));
  }

  /** Forgets what an earlier rule made. */
  void begin() {
    made.clear();
    nextId = graph.nextId();
  }

  List<Node> made() {
    return List.copyOf(made);
  }
}
