package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code f(g(Transpose(x)), h(Transpose(x))) -> Transpose(f(g(x), h(x)))}: a transpose that several
 * elementwise functions read, if all that they compute ends in one value, such as a PReLU that is
 * written out. There the transposes in front and behind meet.
 */
public record SinkTransposeBelowElementwise() implements Rule {
  /** The functions between the transpose and the one value are few. */
  private static final int MOST = 16;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseOp.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof ElementwiseOp)
        || root.operands().size() < 2
        || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    return Cluster.of(root, context).flatMap(c -> c.moved(context));
  }

  /** The functions that end in one, last first, and the transposes that they read. */
  private record Cluster(Set<Node> functions, Set<Node> transposes) {

    static Optional<Cluster> of(Node root, RewriteContext context) {
      Cluster c = new Cluster(new LinkedHashSet<>(List.of(root)), new LinkedHashSet<>());
      List<Node> open = new ArrayList<>(List.of(root));
      while (!open.isEmpty()) {
        for (Value v : open.remove(open.size() - 1).operands()) {
          if (context.isConstant(v) && v.shape().rank() <= root.result().shape().rank()) {
            continue;
          }
          Optional<Node> n = context.producer(v).filter(p -> !context.isOutput(v));
          if (n.isEmpty() || !c.add(n.get(), root, open)) {
            return Optional.empty();
          }
        }
      }
      // One function alone is what other rules look at.
      return c.functions.size() > 1 && c.isClosed(root, context)
          ? Optional.of(c)
          : Optional.empty();
    }

    private boolean add(Node n, Node root, List<Node> open) {
      if (n.op() instanceof Transpose) {
        transposes.add(n);
        Node first = transposes.iterator().next();
        return n.op().equals(first.op()) && n.result().shape().equals(root.result().shape());
      }
      if (!(n.op() instanceof ElementwiseOp)
          || functions.size() == MOST
          || !n.result().shape().equals(root.result().shape())) {
        return false;
      }
      if (functions.add(n)) {
        open.add(n);
      }
      return true;
    }

    /** Whether nobody else reads what is moved, and someone reads a transpose twice. */
    private boolean isClosed(Node root, RewriteContext context) {
      boolean shared = false;
      for (Node t : transposes) {
        List<Node> users = context.users(t.result());
        shared |= users.size() > 1;
        if (!functions.containsAll(users)) {
          return false;
        }
      }
      for (Node f : functions) {
        if (!f.equals(root) && !functions.containsAll(context.users(f.result()))) {
          return false;
        }
      }
      return shared;
    }

    Optional<Replacement> moved(RewriteContext context) {
      Node first = transposes.iterator().next();
      Map<Value, Value> before = new LinkedHashMap<>();
      transposes.forEach(t -> before.put(t.result(), t.operand(0)));
      Value last = moved(functions.iterator().next().result(), first, before, context);
      return Replacement.by(context.add(first.op(), last));
    }

    private Value moved(Value v, Node first, Map<Value, Value> before, RewriteContext context) {
      Value known = before.get(v);
      if (known != null) {
        return known;
      }
      if (context.isConstant(v)) {
        return MovedConstant.before(first, v, context).orElseThrow();
      }
      Node n = context.producer(v).orElseThrow();
      List<Value> operands = new ArrayList<>();
      n.operands().forEach(o -> operands.add(moved(o, first, before, context)));
      Value made = context.addAll(n.op(), operands).get(0);
      before.put(v, made);
      return made;
    }
  }
}
